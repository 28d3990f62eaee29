import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostConfig } from "../../../src/docker/mod.ts";
import type { TaskErrorCode } from "../../../src/executor/task/task_error.ts";
import { CapabilityInfo_Capability as Capability, LinuxInfo_IpcMode as IpcMode } from "../../../src/mesos/protocol.ts";
import type { ContainerInit, Plain, TaskInit } from "../task_specimen.ts";
import { assertRefused, readHost, translate } from "./translation_specimen.ts";

type LinuxInfo = Plain<ContainerInit["linuxInfo"]>;

const said = (linuxInfo: LinuxInfo): TaskInit => ({ container: { docker: { image: "busybox" }, linuxInfo } });
const set = (...capabilities: Capability[]) => ({ capabilities });
const { CHOWN, NET_ADMIN, SYS_ADMIN } = Capability;
const profiles = { strict: '{"defaultAction":"SCMP_ACT_ERRNO"}' };

const table: readonly { title: string; linux: LinuxInfo; host: HostConfig }[] = [
  { title: "nothing", linux: {}, host: {} },
  {
    title: "effective capabilities, and no others",
    linux: { effectiveCapabilities: set(NET_ADMIN, CHOWN) },
    host: { CapDrop: ["ALL"], CapAdd: ["NET_ADMIN", "CHOWN"] },
  },
  {
    title: "an empty set of capabilities",
    linux: { effectiveCapabilities: set() },
    host: { CapDrop: ["ALL"] },
  },
  {
    title: "bounding capabilities, which are also granted",
    linux: { boundingCapabilities: set(SYS_ADMIN) },
    host: { CapDrop: ["ALL"], CapAdd: ["SYS_ADMIN"] },
  },
  {
    title: "capabilities by their former name",
    linux: { capabilityInfo: set(SYS_ADMIN) },
    host: { CapDrop: ["ALL"], CapAdd: ["SYS_ADMIN"] },
  },
  {
    title: "two sets that are the same",
    linux: { effectiveCapabilities: set(CHOWN, NET_ADMIN), boundingCapabilities: set(NET_ADMIN, CHOWN) },
    host: { CapDrop: ["ALL"], CapAdd: ["CHOWN", "NET_ADMIN"] },
  },
  { title: "the host's processes", linux: { sharePidNamespace: true }, host: { PidMode: "host" } },
  { title: "processes of its own", linux: { sharePidNamespace: false }, host: {} },
  { title: "no seccomp", linux: { seccomp: { unconfined: true } }, host: { SecurityOpt: ["seccomp=unconfined"] } },
  { title: "the daemon's own seccomp profile", linux: { seccomp: { unconfined: false } }, host: {} },
  {
    title: "a seccomp profile of the operator's",
    linux: { seccomp: { profileName: "strict" } },
    host: { SecurityOpt: [`seccomp=${profiles.strict}`] },
  },
  { title: "private IPC", linux: { ipcMode: IpcMode.PRIVATE }, host: { IpcMode: "private" } },
  { title: "the host's IPC", linux: { ipcMode: IpcMode.SHARE_PARENT }, host: { IpcMode: "host" } },
  { title: "the daemon's IPC", linux: { ipcMode: IpcMode.UNKNOWN }, host: {} },
  { title: "64 MB of shared memory", linux: { shmSize: 64 }, host: { ShmSize: 67_108_864 } },
  {
    title: "private IPC with shared memory",
    linux: { ipcMode: IpcMode.PRIVATE, shmSize: 1 },
    host: { IpcMode: "private", ShmSize: 1_048_576 },
  },
  { title: "shared memory of zero, which is the daemon's own", linux: { shmSize: 0 }, host: {} },
  { title: "cgroups of its own, which each container has", linux: { shareCgroups: false }, host: {} },
];

for (const { title, linux, host } of table) {
  test(`toTaskSpec() asks for ${title}`, () => {
    const { NetworkMode: _mode, Binds: _binds, Mounts: _mounts, ...found } = readHost(said(linux), { profiles });
    assert.deepEqual(found, host);
  });
}

test("toTaskSpec() tells a profile of the operator's from what a task chooses", () => {
  const options = (seccomp: LinuxInfo["seccomp"]) =>
    translate(said(seccomp ? { seccomp } : {}), { profiles }).operatorOptions;
  assert.deepEqual(options({ profileName: "strict" }), [`seccomp=${profiles.strict}`]);
  assert.deepEqual(options({ unconfined: true }), []);
});

const field = "container.linux_info";

const faults: readonly { title: string; linux: LinuxInfo; code: TaskErrorCode; message: string }[] = [
  {
    title: "a bounding set beyond the effective one",
    linux: { effectiveCapabilities: set(CHOWN), boundingCapabilities: set(CHOWN, NET_ADMIN, SYS_ADMIN) },
    code: "unsupported",
    message:
      `Cannot honour ${field}.bounding_capabilities: NET_ADMIN, SYS_ADMIN are not in effective_capabilities, ` +
      "and Docker has one set for both",
  },
  {
    title: "effective capabilities out of bounds",
    linux: { effectiveCapabilities: set(CHOWN, NET_ADMIN), boundingCapabilities: set(CHOWN) },
    code: "invalid",
    message: `Cannot use ${field}.effective_capabilities: NET_ADMIN are not in bounding_capabilities`,
  },
  {
    title: "effective capabilities out of bounds by their former name",
    linux: { effectiveCapabilities: set(CHOWN, NET_ADMIN), capabilityInfo: set(CHOWN) },
    code: "invalid",
    message: `Cannot use ${field}.effective_capabilities: NET_ADMIN are not in bounding_capabilities`,
  },
  {
    title: "a profile and none",
    linux: { seccomp: { profileName: "strict", unconfined: true } },
    code: "invalid",
    message: `Cannot use ${field}.seccomp: profile_name and unconfined exclude each other`,
  },
  {
    title: "a profile that nobody has",
    linux: { seccomp: { profileName: "other" } },
    code: "invalid",
    message: 'Cannot read "other": it is not there',
  },
  {
    title: "another size of the host's shared memory",
    linux: { ipcMode: IpcMode.SHARE_PARENT, shmSize: 64 },
    code: "invalid",
    message: `Cannot use ${field}.shm_size: shared memory of the parent has its size already`,
  },
];

for (const { title, linux, code, message } of faults) {
  test(`toTaskSpec() refuses ${title}`, () => {
    assertRefused(said(linux), { code, message }, { profiles });
  });
}

test("toTaskSpec() knows every capability by the name that Docker has for it", () => {
  const all = Object.entries(Capability).filter(([name]) => name !== "UNKNOWN");
  const { CapAdd } = readHost(said({ effectiveCapabilities: set(...all.map(([, number]) => number)) }));
  assert.deepEqual(
    CapAdd,
    all.map(([name]) => name),
  );
  assert.ok(all.length >= 41, `${all.length} capabilities`);
});

test("toTaskSpec() refuses capabilities of a privileged container, which has them all", () => {
  const linuxInfo = { effectiveCapabilities: set(CHOWN) };
  const found = "a privileged container has all capabilities";
  assertRefused(
    { container: { docker: { image: "busybox", privileged: true }, linuxInfo } },
    { code: "invalid", message: `Cannot use container.linux_info.effective_capabilities: ${found}` },
  );
});
