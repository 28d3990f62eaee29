import assert from "node:assert/strict";
import { test } from "node:test";
import { noteCaches, readCaches } from "../../src/cli/cache_names.ts";
import { openFixture } from "../fakes/own_runtime.ts";

test("readCaches() knows all that was ever pulled through into a store, and nothing of another name", async () => {
  await using folder = await openFixture();
  assert.equal((await readCaches(folder.path))("docker.io/library/redis"), false);
  await noteCaches(folder.path, ["docker.io", "quay.io/org"]);
  await noteCaches(folder.path, ["lab"]);
  const isCache = await readCaches(folder.path);
  const names = [
    "docker.io/library/redis",
    "quay.io/org/app",
    "quay.io/org",
    "lab/a",
    "quay.io/other",
    "laboratory/a",
    "team/app",
  ];
  assert.deepEqual(
    names.map((name) => [name, isCache(name)]),
    names.map((name, at) => [name, at < 4]),
  );
});
