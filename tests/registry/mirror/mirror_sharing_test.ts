import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { copyImage } from "../../../registry/mirror/copy_image.ts";
import { measurePlan, planMirror } from "../../../registry/mirror/plan_mirror.ts";
import { runMirror } from "../../../registry/mirror/run_mirror.ts";
import { SharedCopies } from "../../../registry/mirror/shared_copies.ts";
import type { Registry } from "../../../registry/registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import { Slots } from "../../../registry/slots.ts";
import { unsupportedRegistry } from "../../../registry/unsupported_registry.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import {
  layerType,
  list,
  manifestOf,
  pushImage,
  pushManifest,
  pushSpecimen,
  randomBlob,
} from "../conformance/specimens.ts";
import { UpstreamDouble } from "../pull_through/upstream_double.ts";
import { at, MirrorBench } from "./mirror_bench.ts";

/** Images with a base of three layers in common, and a layer and a configuration of their own. */
async function pushFamily(registry: Registry, tags: readonly string[]): Promise<void> {
  const base = [randomBlob(500), randomBlob(600), randomBlob(700)];
  for (const blob of base) await pushSpecimen(registry, at, blob);
  for (const tag of tags) {
    const [config, own] = [randomBlob(50), randomBlob(100)];
    for (const blob of [config, own]) await pushSpecimen(registry, at, blob);
    const image = manifestOf({
      ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
      config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
      layers: [...base, own].map(({ descriptor }) => ({ ...descriptor, mediaType: layerType })),
    });
    await pushManifest(registry, at, image, [tag]);
  }
}

test("tags that share a base are copied at once, and the base is looked for and sent once", async () => {
  const bench = new MirrorBench();
  const tags = Array.from({ length: 20 }, (_, number) => `v${number}`);
  await pushFamily(bench.source.content, tags);
  const job = bench.job();
  const plan = await planMirror(job);
  const bytes = await measurePlan(job, plan);
  bench.target.calls.length = 0;
  let moved = 0;
  const shared = new SharedCopies(new Slots(4));
  for await (const outcome of runMirror(job, plan, { shared })) {
    assert.equal(outcome.kind, "done");
    if (outcome.kind === "done") moved += outcome.copied?.bytes ?? 0;
  }
  const blobs = 3 + 2 * tags.length;
  assert.deepEqual([bench.source.count("getBlob"), bench.target.count("statBlob")], [blobs, blobs]);
  assert.equal(bench.target.count("pushManifest"), tags.length);
  assert.equal(moved, bytes, "what was planned");
  assert.equal((await list(bench.target.content.listTags(at))).length, tags.length);
});

test("transfers keep to their limit, however many tags are copied at once", async () => {
  const bench = new MirrorBench();
  await pushFamily(bench.source.content, ["v1", "v2", "v3", "v4"]);
  let [running, most] = [0, 0];
  const listener = {
    blobBegun: () => {
      most = Math.max(most, ++running);
    },
    blobDone: () => {
      running--;
    },
  };
  const job = bench.job();
  for await (const { kind } of runMirror(job, await planMirror(job), { atOnce: 2, listener }))
    assert.equal(kind, "done");
  assert.equal(most, 2);
});

test("a base that cannot be copied fails the tags that wait for it, and is tried again by those that come later", async () => {
  const bench = new MirrorBench();
  await pushFamily(bench.source.content, ["v1", "v2"]);
  const shared = new SharedCopies(new Slots(4));
  const { source, target } = bench.job();
  bench.source.manner = { kind: "breaks off", afterBytes: 10 };
  const copies = ["v1", "v2"].map((tag) => copyImage(source, target, tag, { tags: [tag], shared }));
  for (const copy of copies) await assert.rejects(copy, { code: "UNAVAILABLE" });
  bench.source.manner = { kind: "well" };
  await copyImage(source, target, "v1", { tags: ["v1"], shared });
  await bench.target.content.statManifest(at, "v1");
});

test("within one registry blobs are mounted, and blobs that are there are neither mounted nor sent (J 9)", async () => {
  const double = new UpstreamDouble("both");
  await pushFamily(double.content, ["v1", "v2"]);
  const { registry } = double;
  const outcomes: string[] = [];
  const listener = { blobDone: (_: unknown, outcome: string) => outcomes.push(outcome) };
  const [source, target] = [
    { registry, repository: at },
    { registry, repository: "mirror/app" },
  ];
  await copyImage(source, target, "v1", { tags: ["v1"], listener });
  assert.deepEqual([double.count("mountBlob"), double.count("getBlob"), double.count("pushBlob")], [5, 0, 0]);
  await copyImage(source, target, "v2", { tags: ["v2"], listener });
  assert.deepEqual([double.count("mountBlob"), double.count("getBlob"), double.count("pushBlob")], [7, 0, 0]);
  assert.deepEqual(outcomes.toSorted(), [...Array(7).fill("mounted"), ...Array(3).fill("there")].toSorted());
});

test("what one repository of the target has got is mounted by the next (J 9)", async () => {
  const bench = new MirrorBench();
  await pushFamily(bench.source.content, ["v1"]);
  const shared = new SharedCopies(new Slots(4));
  const { source, target } = bench.job();
  await copyImage(source, target, "v1", { tags: ["v1"], shared });
  bench.source.calls.length = 0;
  await copyImage(source, { ...target, repository: "other" }, "v1", { tags: ["v1"], shared });
  assert.deepEqual([bench.source.count("getBlob"), bench.target.count("mountBlob")], [0, 5]);
});

test("a dry run writes nothing (J 10)", async () => {
  const bench = new MirrorBench();
  await pushFamily(bench.source.content, ["v1", "v2"]);
  await pushImage(bench.target.content, at, ["v2"]);
  await pushImage(bench.target.content, at, ["v3"]);
  const job = bench.job({ referrers: "copied", deleteExtraneous: { maximumPercent: 100, backup: "old-{tag}" } });
  const plan = await planMirror(job);
  assert.ok((await measurePlan(job, plan)) > 2000);
  assert.deepEqual(
    plan.steps.map(({ kind, tag }) => `${kind} ${tag}`),
    ["add v1", "update v2", "delete v3"],
  );
  assert.deepEqual(bench.writes, []);
});

test("a name that the source does not have fails alone, and the source's tags are not listed for names", async () => {
  const bench = new MirrorBench();
  await pushFamily(bench.source.content, ["v1"]);
  const job = bench.job({ tags: { names: ["v0", "v1"] } });
  assert.deepEqual((await bench.run(job)).toSorted(), ["add v1 done", "missing v0 failed"]);
  assert.equal(bench.source.count("listTags"), 0);
  bench.source.manner = { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot connect") };
  await assert.rejects(planMirror(job), { code: "UNAVAILABLE" });
});

test("a mirror that is given up ends with the reason, when all that it had begun has ended", async () => {
  const bench = new MirrorBench();
  for (const tag of ["v1", "v2", "v3"]) await pushImage(bench.source.content, at, [tag]);
  const giving = new AbortController();
  let [begun, ended] = [0, 0];
  const slow = unsupportedRegistry({
    listTags: async function* () {},
    statBlob: async () => {
      throw new RegistryError("BLOB_UNKNOWN", "Cannot find it");
    },
    pushBlob: async () => {
      const delayMs = 10 * ++begun;
      const given = new Promise((resolve) =>
        giving.signal.addEventListener("abort", () => setTimeout(resolve, delayMs)),
      );
      if (begun === 4) giving.abort(new Error("given up"));
      await given;
      ended++;
      throw giving.signal.reason;
    },
  });
  const job = bench.job({ target: { registry: slow, repository: at } });
  const plan = await planMirror(job);
  const running = (async () => {
    for await (const _ of runMirror(job, plan, { signal: giving.signal }));
  })();
  await assert.rejects(running, /given up/);
  assert.deepEqual([begun, ended], [4, 4]);
});

test("a registry that tells of referrers which refer to something else leads nobody in a circle", async () => {
  const source = memoryRegistry();
  const [first, second] = [await pushImage(source, at, ["v1"]), await pushImage(source, at, ["v2"])];
  const lying: Registry = Object.assign(Object.create(source), {
    async *listReferrers(_: string, digest: string) {
      yield digest === first.descriptor.digest ? second.descriptor : first.descriptor;
    },
  });
  for (const name of ["getBlob", "statBlob", "getManifest", "statManifest", "listTags"] as const) {
    Object.assign(lying, { [name]: source[name].bind(source) });
  }
  const target = memoryRegistry();
  const shared = new SharedCopies(new Slots(4));
  const copy = (tag: string) =>
    copyImage({ registry: lying, repository: at }, { registry: target, repository: at }, tag, {
      tags: [tag],
      referrers: "copied",
      shared,
    });
  await Promise.all([copy("v1"), copy("v2")]);
  assert.deepEqual(await list(target.listTags(at)), ["v1", "v2"]);
});
