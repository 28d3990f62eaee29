import assert from "node:assert/strict";
import { test } from "node:test";
import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import { formatBackupTag, isBackupTag, isBackupTemplate } from "../../../registry/mirror/backup_tag.ts";
import { planMirror } from "../../../registry/mirror/plan_mirror.ts";
import type { Registry } from "../../../registry/registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import { list, pushImage } from "../conformance/specimens.ts";
import { CacheBench, here } from "../pull_through/cache_bench.ts";
import { at, MirrorBench } from "./mirror_bench.ts";

test("a mirror points a backup tag at what it deletes, and leaves that alone from then on (J 11)", async () => {
  const bench = new MirrorBench();
  const gone = await pushImage(bench.target.content, at, ["1.0.0"]);
  for (const registry of [bench.target.content, bench.source.content]) await pushImage(registry, at, ["1.1.0"]);
  const referrers = `sha256-${"0".repeat(64)}`;
  await pushImage(bench.target.content, at, [referrers]);
  const job = bench.job({ deleteExtraneous: { maximumPercent: 50, backup: "deleted-{tag}" } });
  bench.target.calls.length = 0;
  assert.deepEqual(await bench.run(job), ["update 1.1.0 done", "delete 1.0.0 done"]);
  const [backup, deletion] = ["pushManifest", "deleteTag"].map((call) => bench.target.calls.lastIndexOf(call));
  assert.ok((backup ?? 0) < (deletion ?? 0), "the backup comes first");
  assert.deepEqual(await list(bench.target.content.listTags(at)), ["1.1.0", "deleted-1.0.0", referrers]);
  assert.equal((await bench.target.content.statManifest(at, "deleted-1.0.0")).digest, gone.descriptor.digest);
  assert.deepEqual(await bench.run(job), [], "neither backups nor lists of referrers are extraneous");
});

test("a mirror deletes nothing when the backup cannot be written (J 11)", async () => {
  const bench = new MirrorBench();
  const long = "1".repeat(125);
  await pushImage(bench.target.content, at, [long]);
  await pushImage(bench.source.content, at, ["v1"]);
  const job = bench.job({ deleteExtraneous: { maximumPercent: 100, backup: "deleted-{tag}" } });
  assert.deepEqual(await bench.run(job), ["add v1 done", `delete ${long} failed`]);
  await bench.target.content.statManifest(at, long);
});

test("a mirror tells of a backup for which the target has no place, and does not call that a deletion", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.target.content, at, ["old"]);
  await pushImage(bench.source.content, at, ["new"]);
  const { registry } = bench.target;
  const refusing: Registry = {
    ...delegatedRegistry(registry),
    pushManifest: async (...call) => {
      if (!call[2].tags?.includes("deleted-old")) return await registry.pushManifest(...call);
      throw new RegistryError("NAME_UNKNOWN", "Cannot push: there is no such repository");
    },
  };
  const job = bench.job({
    target: { registry: refusing, repository: at },
    deleteExtraneous: { maximumPercent: 100, backup: "deleted-{tag}" },
  });
  assert.deepEqual(await bench.run(job), ["add new done", "delete old failed"]);
  assert.deepEqual(bench.failures, ["Cannot push: there is no such repository"]);
  await bench.target.content.statManifest(at, "old");
});

test("a mirror deletes nothing in a run in which a tag could not be copied", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.target.content, at, ["old"]);
  await pushImage(bench.source.content, at, ["new"]);
  const job = bench.job({ deleteExtraneous: { maximumPercent: 100 } });
  const plan = await planMirror(job);
  bench.source.manner = { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot connect") };
  assert.deepEqual(await bench.runPlan(job, plan), ["add new failed", "delete old failed"]);
  assert.deepEqual(bench.failures, [
    "Cannot connect",
    'Cannot delete tag "old": a tag could not be copied, so nothing is deleted',
  ]);
  bench.source.manner = { kind: "well" };
  assert.deepEqual(await bench.runPlan(job, plan), ["add new done", "delete old done"]);
});

test("a mirror behind a cache deletes nothing while the cache cannot ask for the list", async () => {
  const bench = new MirrorBench();
  for (const tag of ["v1", "v2"]) await pushImage(bench.target.content, at, [tag]);
  const source = new CacheBench();
  await source.image(["v1", "v2"]);
  await source.cache.getManifest(here, "v1");
  source.origin.manner = { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot connect") };
  const job = bench.job({
    source: { registry: source.cache, repository: here },
    deleteExtraneous: { maximumPercent: 100 },
  });
  await assert.rejects(planMirror(job), { code: "UNAVAILABLE" });
});

test("a mirror deletes nothing where tags that are listed are missing", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.target.content, at, ["old"]);
  await pushImage(bench.source.content, at, ["new"]);
  const job = bench.job({
    tags: { names: ["gone", "lost"], matching: /./ },
    deleteExtraneous: { maximumPercent: 100 },
  });
  assert.deepEqual((await bench.run(job)).toSorted(), [
    "add new done",
    "delete old failed",
    "missing gone failed",
    "missing lost failed",
  ]);
  assert.equal(bench.failures.at(-1), 'Cannot delete tag "old": 2 tags could not be copied, so nothing is deleted');
  await bench.target.content.statManifest(at, "old");
});

const templates: readonly [string, boolean][] = [
  ["deleted-{tag}", true],
  ["{tag}.old", true],
  ["{tag}", false],
  ["old", false],
  ["{tag}-{tag}", false],
  ["-{tag}", false],
  ["a b{tag}", false],
  ["", false],
];
for (const [template, isOne] of templates) {
  test(`isBackupTemplate() ${isOne ? "takes" : "refuses"} "${template}"`, () => {
    assert.equal(isBackupTemplate(template), isOne);
  });
}

test("isBackupTag() knows what formatBackupTag() made", () => {
  for (const tag of ["1", "$&", "deleted-1"]) {
    assert.equal(isBackupTag("deleted-{tag}.x", formatBackupTag("deleted-{tag}.x", tag)), true);
  }
  for (const tag of ["deleted-.x", "1.x", "deleted-1"]) assert.equal(isBackupTag("deleted-{tag}.x", tag), false);
});
