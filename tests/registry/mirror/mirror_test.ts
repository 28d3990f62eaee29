import assert from "node:assert/strict";
import { test } from "node:test";
import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { type CopyListener, copyImage } from "../../../registry/mirror/copy_image.ts";
import { measurePlan, planMirror } from "../../../registry/mirror/plan_mirror.ts";
import { runMirror } from "../../../registry/mirror/run_mirror.ts";
import { chooseTags, isManaged, type TagChoice } from "../../../registry/mirror/tag_choice.ts";
import type { Registry } from "../../../registry/registry.ts";
import { isRegistryError, RegistryError } from "../../../registry/registry_error.ts";
import { childrenOf, parseManifest } from "../../../registry/values/manifest.ts";
import { indexOf, list, prepareImage, pushImage, pushManifest, type Specimen } from "../conformance/specimens.ts";
import { at, MirrorBench } from "./mirror_bench.ts";

const all = ["1.0.0", "1.1.0", "1.10.0", "1.9.0", "2.0.0-rc.1", "2.0.0", "edge", "latest", "v3", "3.18-alpine"];

const choices: readonly [TagChoice, string[]][] = [
  [{}, all],
  [{ names: ["edge", "gone"] }, ["edge"]],
  [{ matching: /^1\./ }, ["1.0.0", "1.1.0", "1.10.0", "1.9.0"]],
  [{ matching: /^[12]\./, notMatching: /rc/ }, ["1.0.0", "1.1.0", "1.10.0", "1.9.0", "2.0.0"]],
  [{ semver: ">=1.9 <2" }, ["1.10.0", "1.9.0"]],
  [{ semver: ">=3" }, ["v3"]],
  [{ semver: "*", newest: 2 }, ["2.0.0", "v3"]],
  [{ names: ["edge"], semver: "1.x", newest: 1 }, ["edge", "1.10.0"]],
  [{ newest: 3 }, ["2.0.0", "v3", "3.18-alpine"].sort((a, b) => (a === "v3" ? -1 : b === "v3" ? 1 : 0))],
];

for (const [choice, chosen] of choices) {
  const said = Object.entries(choice).map(([key, value]) => `${key} ${value}`);
  test(`chooseTags() takes ${said.join(", ") || "all"}`, () => {
    assert.deepEqual(chooseTags(all, choice).toSorted(), chosen.toSorted());
  });
}

test("isManaged() is about what could be chosen, not about the newest alone", () => {
  assert.equal(isManaged("1.0.0", { semver: "1.x", newest: 1 }), true);
  assert.equal(isManaged("edge", { semver: "1.x", newest: 1 }), false);
  assert.equal(isManaged("1.0.0", { names: ["edge"] }), false);
});

async function assertWhole(bench: MirrorBench, { descriptor }: Specimen): Promise<void> {
  const { bytes } = await bench.target.content.getManifest(at, descriptor.digest);
  for (const { digest } of childrenOf(parseManifest(bytes, descriptor.mediaType))) {
    await (descriptor.mediaType.includes("index")
      ? bench.target.content.statManifest(at, digest)
      : bench.target.content.statBlob(at, digest));
  }
}

test("a mirror copies what the target lacks, and nothing twice", async () => {
  const bench = new MirrorBench();
  const image = await pushImage(bench.source.content, at, ["v1", "v2"]);
  assert.deepEqual(await bench.run(bench.job()), ["add v1 done", "add v2 done"]);
  await assertWhole(bench, image);
  assert.equal(bench.source.count("getBlob"), 2, "two tags of one image");
  assert.deepEqual(await list(bench.target.content.listTags(at)), ["v1", "v2"]);
});

test("a mirror in step costs a HEAD on either side, and none for immutable tags (J 8)", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.source.content, at, ["1.0.0", "latest"]);
  await bench.run(bench.job());
  for (const double of [bench.source, bench.target]) double.calls.length = 0;
  assert.deepEqual(await bench.run(bench.job()), []);
  assert.deepEqual([bench.source.count("statManifest"), bench.target.count("statManifest")], [2, 2]);
  assert.equal(bench.source.count("getManifest"), 0);
  for (const double of [bench.source, bench.target]) double.calls.length = 0;
  assert.deepEqual(await bench.run(bench.job({ immutable: /^\d/ })), []);
  assert.equal(bench.source.count("statManifest"), 1);
});

test("a mirror follows a tag that has moved", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.source.content, at, ["v1"]);
  await bench.run(bench.job());
  const second = await pushImage(bench.source.content, at, ["v1"]);
  assert.deepEqual(await bench.run(bench.job()), ["update v1 done"]);
  assert.equal((await bench.target.content.statManifest(at, "v1")).digest, second.descriptor.digest);
});

test("a plan is measured without writing anything, each blob once (J 10)", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.source.content, at, ["v1", "v2"]);
  const job = bench.job();
  const plan = await planMirror(job);
  const bytes = await measurePlan(job, plan);
  const told: number[] = [];
  for await (const outcome of runMirror(job, plan)) if (outcome.kind === "done") told.push(outcome.copied?.bytes ?? 0);
  assert.equal(bytes, 200 + 2000 + (told[1] ?? 0));
  assert.equal(
    bench.target.calls.filter((call) => call.startsWith("push")).length,
    4,
    "two blobs, and a manifest for each tag",
  );
});

test("a mirror deletes what it manages and nobody wants, within its guard (J 11)", async () => {
  const bench = new MirrorBench();
  for (const tag of ["1.0.0", "1.1.0", "1.2.0", "other"]) await pushImage(bench.target.content, at, [tag]);
  await pushImage(bench.source.content, at, ["1.1.0", "1.2.0"]);
  const tags = { semver: "1.x" };
  await pushImage(bench.source.content, at, ["1.3.0"]);
  const timid = bench.job({ tags, deleteExtraneous: { maximumPercent: 30 } });
  const { refused } = await planMirror(timid);
  assert.equal(refused?.code, "DENIED");
  assert.equal(
    refused.message,
    'Cannot delete tags of "app": 1 of 3 tags would be, more than 30 per cent; allow 34 by maximumPercent, or remove tags by registry rm',
  );
  assert.ok((await bench.run(timid)).includes("add 1.3.0 done"), "it copies all the same");
  assert.deepEqual(await list(bench.target.content.listTags(at)), ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "other"]);
  const told = await bench.run(bench.job({ tags, deleteExtraneous: { maximumPercent: 34 } }));
  assert.ok(told.includes("delete 1.0.0 done"));
  assert.deepEqual(await list(bench.target.content.listTags(at)), ["1.1.0", "1.2.0", "1.3.0", "other"]);
  assert.equal((await planMirror(timid)).refused, undefined);
});

test("a mirror copies an index with its images, or those of some platforms with the index as it is (J 12)", async () => {
  const bench = new MirrorBench();
  const images = [];
  for (const architecture of ["amd64", "arm64"]) {
    const image = await prepareImage(bench.source.content, at);
    await pushManifest(bench.source.content, at, image);
    images.push({ ...image, descriptor: { ...image.descriptor, platform: { os: "linux", architecture } } });
  }
  const index = indexOf(images);
  await pushManifest(bench.source.content, at, index, ["v1"]);
  assert.deepEqual(await bench.run(bench.job({ platforms: [{ os: "linux", architecture: "arm64" }] })), [
    "add v1 done",
  ]);
  assert.equal((await bench.target.content.statManifest(at, "v1")).digest, index.descriptor.digest);
  await bench.target.content.statManifest(at, images[1]!.descriptor.digest);
  await assert.rejects(bench.target.content.statManifest(at, images[0]!.descriptor.digest));
  await copyImage(bench.job().source, bench.job().target, "v1");
  await assertWhole(bench, index);
});

test("a mirror copies what refers to an image when it is asked to (J 13)", async () => {
  const bench = new MirrorBench();
  const image = await pushImage(bench.source.content, at, ["v1"]);
  await pushImage(bench.source.content, at, [], { subject: image.descriptor });
  await bench.run(bench.job({ referrers: "copied" }));
  assert.equal((await list(bench.target.content.listReferrers(at, image.descriptor.digest))).length, 1);
});

test("a tag that cannot be copied keeps none of the others", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.source.content, at, ["v1"]);
  await pushImage(bench.source.content, at, ["v2"]);
  const job = bench.job();
  const plan = await planMirror(job);
  const told: string[] = [];
  for await (const { step, kind } of runMirror(job, plan)) {
    told.push(`${step.tag} ${kind}`);
  }
  assert.deepEqual(told, ["v1 done", "v2 done"]);
  bench.source.manner = { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot connect") };
  const failing = bench.job({ target: { registry: memoryRegistry(), repository: at } });
  const outcomes: string[] = [];
  for await (const { step, kind } of runMirror(failing, plan)) outcomes.push(`${step.tag} ${kind}`);
  assert.deepEqual(outcomes, ["v1 failed", "v2 failed"]);
});

test("a blob that is sent again is counted again, and never beyond its size", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.source.content, at, ["v1"]);
  const { content } = bench.target;
  // Every blob breaks off twice: the first time with nothing, then with ten bytes that have arrived.
  const pushBlob: Registry["pushBlob"] = async (repository, expected, body, options) => {
    assert.ok(typeof body === "function");
    for (const first of [0, 0, 10]) for await (const _ of body(first)) break;
    return await content.pushBlob(repository, expected, body, options);
  };
  const registry = { ...delegatedRegistry(content), pushBlob };
  const counts = new Map<string, number>();
  const begins: number[] = [];
  const listener: CopyListener = {
    sentFrom: (first, { digest }) => {
      counts.set(digest, first);
      begins.push(first);
    },
    moved: (bytes, { digest, size }) => {
      const count = (counts.get(digest) ?? 0) + bytes;
      counts.set(digest, count);
      assert.ok(count <= size, `${count} of ${size} bytes`);
    },
    blobDone: ({ digest, size }) => assert.equal(counts.get(digest), size),
  };
  await copyImage(bench.job().source, { registry, repository: at }, "v1", { atOnce: 1, listener });
  assert.deepEqual(begins, [0, 0, 10, 0, 0, 0, 10, 0]);
});

test("a copy mounts what another repository of the target has", async () => {
  const bench = new MirrorBench();
  const image = await pushImage(bench.source.content, at, ["v1"]);
  await copyImage(bench.job().source, { registry: bench.target.content, repository: "other" }, "v1");
  bench.source.calls.length = 0;
  const outcomes: string[] = [];
  const listener = { blobDone: (_: unknown, outcome: string) => outcomes.push(outcome) };
  const { bytes } = await copyImage(bench.job().source, bench.job().target, "v1", {
    mountFrom: "other",
    tags: ["v1"],
    listener,
  });
  assert.deepEqual(outcomes, ["mounted", "mounted"]);
  assert.equal(bench.source.count("getBlob"), 0);
  assert.equal(bytes, image.bytes.byteLength);
});

test("a copy that broke off is gone on with", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.source.content, at, ["v1"]);
  bench.source.manner = { kind: "breaks off", afterBytes: 500 };
  await assert.rejects(copyImage(bench.job().source, bench.job().target, "v1", { atOnce: 1 }), (error) =>
    isRegistryError(error, "UNAVAILABLE"),
  );
  bench.source.manner = { kind: "well" };
  bench.source.calls.length = 0;
  await copyImage(bench.job().source, bench.job().target, "v1", { tags: ["v1"] });
  assert.equal(bench.source.count("getBlob"), 1, "the small blob had arrived");
});
