import assert from "node:assert/strict";
import { mkdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { findAbandonedFolders, folderMark, makeMarkedFolder } from "../../src/runtime/marked_folders.ts";
import { openFixture } from "../fakes/own_runtime.ts";

test("findAbandonedFolders() finds folders of processes that are gone, of one purpose and this pid namespace", async () => {
  await using place = await openFixture();
  const own = await makeMarkedFolder(place.path, "test");
  assert.equal((await stat(own)).mode & 0o777, 0o700);
  const mark = folderMark("test");
  assert.ok(basename(own).startsWith(mark));
  const [, namespace = "", start = ""] = /^mesos-docker-test-(\d+)-\d+-(\d+)-$/.exec(mark) ?? [];
  const noPid = 2 ** 22 + 1;
  const make = async (name: string) => {
    await mkdir(join(place.path, name));
    return join(place.path, name);
  };
  const gone = await make(`mesos-docker-test-${namespace}-${noPid}-${start}-x`);
  const usedAgain = await make(`mesos-docker-test-${namespace}-${process.pid}-1${start}-x`);
  await make(`mesos-docker-test-1-${noPid}-${start}-x`);
  await make(`mesos-docker-other-${namespace}-${noPid}-${start}-x`);
  await make(`mesos-docker-test-${namespace}-x`);
  assert.deepEqual((await findAbandonedFolders(place.path, "test")).sort(), [gone, usedAgain].sort());
});
