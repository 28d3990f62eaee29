import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findCgroupFolders, parseCgroupPaths, readCgroupPaths } from "../../src/runtime/cgroup_place.ts";
import { mountsV1, mountsV2, openKernelSpecimen } from "../executor/kernel_specimen.ts";

test("parseCgroupPaths() reads both versions, controllers that share a hierarchy, and paths with colons", () => {
  const paths = parseCgroupPaths("9:name=systemd:/\n4:memory:/mesos/a:b\n1:cpu,cpuacct:/docker/c\n0::/user.slice\n");
  assert.deepEqual(
    [...paths.v1],
    [
      ["name=systemd", "/"],
      ["memory", "/mesos/a:b"],
      ["cpu", "/docker/c"],
      ["cpuacct", "/docker/c"],
    ],
  );
  assert.equal(paths.v2, "/user.slice");
});

test("parseCgroupPaths() finds nothing in what is none of its lines", () => {
  assert.deepEqual(parseCgroupPaths("\nsurprise\n4:memory\n"), { v1: new Map() });
});

test("findCgroupFolders() gives the directory of each hierarchy that is mounted", async () => {
  await using kernel = await openKernelSpecimen({ "proc/self/mountinfo": mountsV1 });
  const { v1, v2 } = findCgroupFolders(parseCgroupPaths("2:memory:/mesos/c\n3:perf_event:/\n0::/\n"), kernel);
  assert.deepEqual([...v1], [["memory", kernel.folder.at("cg/memory/mesos/c")]]);
  assert.equal(v2, undefined);
});

test("findCgroupFolders() gives the unified hierarchy's directory", async () => {
  await using kernel = await openKernelSpecimen({ "proc/self/mountinfo": mountsV2 });
  const { v1, v2 } = findCgroupFolders(parseCgroupPaths("0::/system.slice/docker-c.scope\n"), kernel);
  assert.deepEqual([...v1], []);
  assert.equal(v2, kernel.folder.at("cg/system.slice/docker-c.scope"));
});

for (const [path, expected] of [
  ["/mesos/c/d", "m m/d"],
  ["/mesos/c", "m m"],
  ["/mesos/other", undefined],
  ["/mesos/cc", undefined],
] as const) {
  test(`findCgroupFolders() looks for ${path} where a part of the hierarchy is mounted`, async () => {
    const line = "40 31 0:31 /mesos/c @/m\\040m rw - cgroup cgroup rw,memory\n";
    await using kernel = await openKernelSpecimen({ "proc/self/mountinfo": line });
    const { v1 } = findCgroupFolders(parseCgroupPaths(`2:memory:${path}\n`), kernel);
    assert.equal(v1.get("memory"), expected && kernel.folder.at(expected));
  });
}

test("readCgroupPaths() knows no groups of a process that has ended", async () => {
  await using kernel = await openKernelSpecimen({ "proc/1/cgroup": "0::/\n" });
  assert.deepEqual(readCgroupPaths(1, kernel)?.v2, "/");
  assert.equal(readCgroupPaths(2, kernel), undefined);
});

test("the groups of this process are directories that this host has", () => {
  const paths = readCgroupPaths("self");
  assert.ok(paths);
  const { v1, v2 } = findCgroupFolders(paths);
  const folders = [...v1.values(), ...(v2 === undefined ? [] : [v2])];
  assert.deepEqual(
    folders.filter((folder) => !existsSync(join(folder, "cgroup.procs"))),
    [],
  );
});
