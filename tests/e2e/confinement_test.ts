// What a container may do, as it finds out itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { CapabilityInfo_Capability, LinuxInfo_IpcMode } from "../../src/mesos/protocol.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { testOnDocker } from "./cases.ts";
import { ask, lookInside, readAnswers } from "./inside.ts";
import { openTestCluster } from "./test_cluster.ts";
import { flags, type TestTask } from "./test_task.ts";

const { CHOWN, NET_ADMIN, NET_RAW, SETUID } = CapabilityInfo_Capability;

/** Bits of capabilities as the kernel numbers them (linux/capability.h). */
const bits = { CHOWN: 1 << 0, SETUID: 1 << 7, NET_ADMIN: 1 << 12, NET_RAW: 1 << 13 };

/** A line that prints one field of the process' status. */
const field = (name: string) => `awk '$1 == "${name}:" { print $2 }' /proc/self/status`;

const toMask = (text: string) => Number.parseInt(text, 16);

testOnDocker("effective capabilities are all that a container has", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const effectiveCapabilities = { capabilities: [CHOWN, NET_ADMIN] };
  const boundingCapabilities = { capabilities: [CHOWN, NET_ADMIN] };
  const container = { linuxInfo: { effectiveCapabilities, boundingCapabilities } };
  const found = await lookInside(cluster, { container }, { effective: field("CapEff"), bounding: field("CapBnd") });
  const mask = bits.CHOWN | bits.NET_ADMIN;
  assert.deepEqual([toMask(found.effective), toMask(found.bounding)], [mask, mask]);
});

testOnDocker("capabilities by parameters are added to Docker's own, and taken away", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const parameters = flags("cap-add=CAP_NET_ADMIN", "cap-drop=net_raw");
  const { before } = await lookInside(cluster, {}, { before: field("CapEff") }, "before");
  const { after } = await lookInside(cluster, { parameters }, { after: field("CapEff") }, "after");
  assert.equal(toMask(after), toMask(before) + bits.NET_ADMIN - bits.NET_RAW);
});

testOnDocker("bounding capabilities alone, and no new privileges", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const container = { linuxInfo: { boundingCapabilities: { capabilities: [SETUID, NET_RAW] } } };
  const parameters = flags("security-opt=no-new-privileges");
  const questions = { bounding: field("CapBnd"), privileges: field("NoNewPrivs") };
  const found = await lookInside(cluster, { container, parameters }, questions);
  assert.deepEqual([toMask(found.bounding), found.privileges], [bits.SETUID | bits.NET_RAW, "1"]);
});

const chmodDenied = JSON.stringify({
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names: ["chmod", "fchmodat", "fchmodat2"], action: "SCMP_ACT_ERRNO" }],
});

testOnDocker("seccomp profiles: none, the operator's, and one of the task's own", async (bench) => {
  await using folder = await openFixture();
  await folder.write("no-chmod.json", chmodDenied);
  const policy = await folder.write("policy.yaml", `version: 1\nseccomp_profiles: ${folder.path}\n`);
  await using cluster = await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_POLICY: policy } });
  const questions = { seccomp: field("Seccomp"), chmod: "chmod 700 /tmp 2>/dev/null && echo done || echo denied" };
  const said = (seccomp: object) => ({ container: { linuxInfo: { seccomp } } });
  const free = await lookInside(cluster, said({ unconfined: true }), questions, "free");
  assert.deepEqual(free, { seccomp: "0", chmod: "done" });
  const named = await lookInside(cluster, said({ profileName: "no-chmod.json" }), questions, "named");
  assert.deepEqual(named, { seccomp: "2", chmod: "denied" });
  const parameters = flags(`security-opt=seccomp=${chmodDenied}`);
  const inline = await lookInside(cluster, { parameters }, questions, "inline");
  assert.deepEqual(inline, { seccomp: "2", chmod: "denied" });
});

testOnDocker("a root that is read-only, with a writable tmpfs in it", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const parameters = flags("read-only=true", "tmpfs=/scratch:size=2m,mode=1750");
  const found = await lookInside(
    cluster,
    { parameters },
    {
      root: "touch /file 2>&1 | sed 's/.*: //'",
      scratch: "touch /scratch/file && stat -c %a /scratch && df -k /scratch | awk 'END { print $1, $2 }'",
    },
  );
  assert.deepEqual(found, { root: "Read-only file system", scratch: "1750\ntmpfs 2048" });
});

testOnDocker("namespaces of the host are a container's when the task says so", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const questions = {
    ipc: "readlink /proc/self/ns/ipc",
    pid: "readlink /proc/self/ns/pid",
    uts: "readlink /proc/self/ns/uts",
  };
  const linuxInfo = { ipcMode: LinuxInfo_IpcMode.SHARE_PARENT, sharePidNamespace: true };
  const shared = await lookInside(cluster, { container: { linuxInfo }, parameters: flags("uts=host") }, questions);
  const own = { linuxInfo: { ipcMode: LinuxInfo_IpcMode.PRIVATE } };
  const apart = await lookInside(cluster, { container: own }, questions, "apart");
  for (const [name, namespace] of Object.entries(shared)) {
    assert.equal(namespace, await readlink(`/proc/self/ns/${name}`));
    assert.notEqual(apart[name as keyof typeof apart], namespace);
  }
});

testOnDocker("settings of the kernel, devices of the host", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const parameters = flags("sysctl=net.core.somaxconn=77", "device=/dev/null:/dev/nothing:r");
  const questions = {
    somaxconn: "cat /proc/sys/net/core/somaxconn",
    device: "stat -c '%F %t:%T' /dev/nothing; cat /dev/nothing && echo read",
    denied: "test -e /dev/kmsg || echo absent",
  };
  const found = await lookInside(cluster, { network: "bridge", parameters }, questions);
  assert.deepEqual(found, { somaxconn: "77", device: "character special file 1:3\nread", denied: "absent" });
});

/** Whether processes of this host can have every capability there is; a daemon that cannot has none to give. */
function hasEveryCapability(): boolean {
  const [, mask = ""] = /^CapBnd:\s*(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  const last = Number(readFileSync("/proc/sys/kernel/cap_last_cap", "utf8"));
  return BigInt(`0x${mask}`) === (1n << BigInt(last + 1)) - 1n;
}

const privileged: Readonly<Record<string, (image: string) => TestTask>> = {
  "DockerInfo.privileged": (image) => ({ container: { docker: { image, privileged: true } } }),
  "a document": () => ({ document: { privileged: true } }),
  "a parameter": () => ({ parameters: flags("privileged=true") }),
};

for (const [name, toTask] of Object.entries(privileged)) {
  testOnDocker(`a container that is privileged by ${name} has every capability and device`, async (bench) => {
    await using cluster = await openTestCluster(bench);
    const kmsg = "test -e /dev/kmsg && echo there";
    const shell = ask({ effective: field("CapEff"), seccomp: field("Seccomp"), kmsg });
    cluster.launch("task", { network: "none", ...toTask(bench.image), shell });
    const { message } = await cluster.book.end("task");
    // Older runc refuses capabilities that the host itself lacks, newer gives those that there are.
    if (!hasEveryCapability() && /unable to apply caps: operation not permitted/.test(message)) return;
    assert.equal(message, "Container exited with status 0");
    const found = readAnswers(await cluster.sandboxText("task", "stdout"));
    assert.deepEqual([found.seccomp, found.kmsg], ["0", "there"]);
    assert.ok(toMask(found.effective ?? "0") > 2 ** 32, `${found.effective}`);
  });
}
