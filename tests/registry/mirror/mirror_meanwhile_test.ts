// What others do to a mirror's target while it runs, and what a target is in trouble with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import { planMirror } from "../../../registry/mirror/plan_mirror.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import { childrenOf, parseManifest } from "../../../registry/values/manifest.ts";
import { list, pushImage } from "../conformance/specimens.ts";
import { at, MirrorBench } from "./mirror_bench.ts";

test("a tag of the target that somebody else moves after the plan is the source's in the end", async () => {
  const bench = new MirrorBench();
  const { source, target } = bench;
  const wanted = await pushImage(source.content, at, ["v1", "v2"]);
  await pushImage(target.content, at, ["v1"]);
  const plan = await planMirror(bench.job());
  await pushImage(target.content, at, ["v1", "v2"]);
  assert.deepEqual((await bench.runPlan(bench.job(), plan)).sort(), ["add v2 done", "update v1 done"]);
  for (const tag of ["v1", "v2"]) {
    assert.equal((await target.content.statManifest(at, tag)).digest, wanted.descriptor.digest);
  }
  assert.deepEqual(await bench.run(bench.job()), []);
  await pushImage(target.content, at, ["v2"]);
  assert.deepEqual(
    await bench.run(bench.job()),
    ["update v2 done"],
    "one that is moved after the run waits for the next",
  );
});

test("a tag that is to be deleted and that somebody else moves has the backup of what it is then", async () => {
  const bench = new MirrorBench();
  const { source, target } = bench;
  await pushImage(source.content, at, ["new"]);
  await pushImage(target.content, at, ["old"]);
  const job = bench.job({ deleteExtraneous: { maximumPercent: 100, backup: "deleted-{tag}" } });
  const plan = await planMirror(job);
  const moved = await pushImage(target.content, at, ["old"]);
  assert.deepEqual(await bench.runPlan(job, plan), ["add new done", "delete old done"]);
  assert.equal((await target.content.statManifest(at, "deleted-old")).digest, moved.descriptor.digest);
});

test("a tag that is to be deleted and that somebody else has deleted is done with", async () => {
  for (const backup of ["deleted-{tag}", undefined]) {
    const bench = new MirrorBench();
    await pushImage(bench.source.content, at, ["new"]);
    await pushImage(bench.target.content, at, ["old"]);
    const job = bench.job({ deleteExtraneous: { maximumPercent: 100, ...(backup !== undefined && { backup }) } });
    const plan = await planMirror(job);
    await bench.target.content.deleteTag(at, "old");
    assert.deepEqual(await bench.runPlan(job, plan), ["add new done", "delete old done"]);
    assert.deepEqual(await list(bench.target.content.listTags(at)), ["new"]);
  }
});

test("a tag of the target that somebody deletes while the plan is made is copied", async () => {
  const bench = new MirrorBench();
  const { source, target } = bench;
  await pushImage(source.content, at, ["v1"]);
  const { registry } = target;
  async function* listTags() {
    yield "v1";
  }
  const job = bench.job({ target: { registry: { ...delegatedRegistry(registry), listTags }, repository: at } });
  assert.deepEqual(await bench.run(job), ["update v1 done"]);
});

test("what the target stumbles over is sent again, and what it cannot be asked for is not", async () => {
  for (const [status, told] of [
    [500, ["update v1 done"]],
    [503, undefined],
  ] as const) {
    const bench = new MirrorBench();
    const { source, target } = bench;
    const { bytes, descriptor } = await pushImage(source.content, at, ["v1"]);
    await bench.run(bench.job());
    const digests = childrenOf(parseManifest(bytes, descriptor.mediaType)).map(({ digest }) => digest as string);
    const broken = new Set(["v1", ...digests]);
    const stat = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      if (broken.has(name)) throw new RegistryError("UNAVAILABLE", "Cannot look", { status });
      return await work();
    };
    const registry = {
      ...delegatedRegistry(target.registry),
      statBlob: (_: string, digest: `sha256:${string}`) => stat(digest, () => target.registry.statBlob(at, digest)),
      statManifest: (_: string, tag: string) => stat(tag, () => target.registry.statManifest(at, tag)),
    };
    target.calls.length = 0;
    const running = bench.run(bench.job({ target: { registry, repository: at } }));
    if (told === undefined) await assert.rejects(running, { code: "UNAVAILABLE" });
    else assert.deepEqual(await running, told);
    assert.equal(target.count("pushBlob"), told === undefined ? 0 : digests.length);
  }
});
