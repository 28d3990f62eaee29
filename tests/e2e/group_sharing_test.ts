// What the tasks of a group share, and what each has for itself.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import {
  LinuxInfo_IpcMode as IpcMode,
  Volume_Source_SandboxPath_Type as SandboxPathType,
  Volume_Source_Type as SourceType,
  TaskState,
  Volume_Mode,
} from "../../src/mesos/protocol.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { type DockerBench, testOnDocker } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { ask, readAnswers } from "./inside.ts";
import { hear, serve } from "./served_port.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";
import { bridge, launchGroup, type TestGroup, type TestMember } from "./test_group.ts";

const { TASK_RUNNING, TASK_FINISHED, TASK_KILLED, TASK_ERROR } = TaskState;

/** Launches a group and gives what each task wrote, when all have finished. */
async function finish(
  cluster: TestCluster,
  bench: DockerBench,
  members: Readonly<Record<string, TestMember>>,
  group: TestGroup = {},
): Promise<Record<string, string>> {
  launchGroup(cluster, bench, members, group);
  const said: Record<string, string> = {};
  for (const taskId of Object.keys(members)) {
    const { state, message } = await cluster.book.end(taskId);
    assert.equal(state, TASK_FINISHED, message);
    said[taskId] = await cluster.sandboxText("group", "tasks", taskId, "stdout");
  }
  return said;
}

function sandboxVolume(type: SandboxPathType, path: string, containerPath: string) {
  return {
    mode: Volume_Mode.RW,
    containerPath,
    source: { type: SourceType.SANDBOX_PATH, sandboxPath: { type, path } },
  };
}

testOnDocker("the tasks of a group talk to each other at 127.0.0.1", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const { two } = await finish(cluster, bench, {
    one: { shell: "echo from one | nc -l -p 8080" },
    two: { shell: 'until said=$(nc 127.0.0.1 8080 < /dev/null) && test -n "$said"; do sleep 0.1; done; echo "$said"' },
  });
  assert.equal(two, "from one\n");
});

testOnDocker("a volume of type PARENT is the executor's sandbox, and SELF the task's own", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const shared = sandboxVolume(SandboxPathType.PARENT, "common", "/common");
  const own = sandboxVolume(SandboxPathType.SELF, "own", "/own");
  const { two } = await finish(cluster, bench, {
    one: {
      shell: "echo mine > /own/file; echo one > /common/file; echo here > $MESOS_SANDBOX/file",
      volumes: [shared, own],
    },
    two: {
      shell:
        "until test -s /common/file; do sleep 0.1; done; cat /common/file; ls /own $MESOS_SANDBOX; test -O $MESOS_SANDBOX",
      volumes: [shared, own],
    },
  });
  assert.equal(two, "one\n/mnt/mesos/sandbox:\nown\nstderr\nstdout\n\n/own:\n");
  assert.equal(await cluster.sandboxText("group", "tasks", "one", "own", "file"), "mine\n");
  assert.equal(await cluster.sandboxText("group", "tasks", "one", "file"), "here\n");
  assert.equal(await cluster.sandboxText("group", "common", "file"), "one\n");
});

testOnDocker("ports of the executor's network and of a task's lead to the group's tasks", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const [first = 0, second = 0] = cluster.ports;
  const network = { ...bridge, portMappings: [{ hostPort: first, containerPort: 80 }] };
  launchGroup(
    cluster,
    bench,
    {
      one: { shell: serve(80), offeredPorts: [first], graceMs: 0 },
      two: {
        shell: serve(81),
        offeredPorts: [second],
        network: { ...bridge, portMappings: [{ hostPort: second, containerPort: 81 }] },
        graceMs: 0,
      },
    },
    { network },
  );
  assert.deepEqual([await hear(first), await hear(second)], ["tcp 80\n", "tcp 81\n"]);
  cluster.kill("one");
  await cluster.book.end("two");
});

testOnDocker("the tasks of a group have one address and host name, and each its own file system", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const questions = {
    hostname: "hostname",
    hosts: "grep -c pod /etc/hosts; grep '10.9.9.9' /etc/hosts",
    resolv: "grep 10.9.9.8 /etc/resolv.conf",
    address: `ip -4 addr show eth0 | grep -o "inet $MESOS_CONTAINER_IP/"`,
    role: 'echo "$MESOS_ALLOCATION_ROLE"',
    root: "touch /only; ls / | grep -c only",
  };
  const parameters = [
    { key: "add-host", value: "db:10.9.9.9" },
    { key: "dns", value: "10.9.9.8" },
  ];
  const said = await finish(
    cluster,
    bench,
    { one: { shell: ask(questions), document: { parameters } }, two: { shell: ask(questions) } },
    { hostname: "pod" },
  );
  for (const taskId of ["one", "two"]) {
    const { address, ...answers } = readAnswers(said[taskId] ?? "");
    const hosts = "1\n10.9.9.9\tdb";
    assert.deepEqual(answers, { hostname: "pod", hosts, resolv: "nameserver 10.9.9.8", role: "*", root: "1" });
    assert.match(address ?? "", /^inet [0-9.]+\/$/);
  }
});

testOnDocker("processes are shared by those that ask for it, and none of them is left a zombie", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const linuxInfo = { sharePidNamespace: true };
  const zombies = "(sh -c 'sleep 0.2' &) ; sleep 1; cat /proc/[0-9]*/stat | awk '$3 == \"Z\"'";
  const questions = { first: "cat /proc/1/comm", orphans: zombies };
  const said = await finish(cluster, bench, {
    one: { shell: ask(questions), linuxInfo },
    two: { shell: ask(questions) },
  });
  assert.deepEqual(readAnswers(said.one ?? ""), { first: "infra", orphans: "" });
  assert.equal(readAnswers(said.two ?? "").first, "sh");
});

testOnDocker("shared memory is the group's, but for tasks that want their own", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const look = { shm: "until test -e $MESOS_SANDBOX/go; do sleep 0.1; done; ls /dev/shm" };
  launchGroup(cluster, bench, {
    one: { shell: "touch /dev/shm/ours $MESOS_SANDBOX/ready; until test -e $MESOS_SANDBOX/go; do sleep 0.1; done" },
    two: { shell: ask(look) },
    three: { shell: ask(look), linuxInfo: { ipcMode: IpcMode.PRIVATE } },
  });
  for (const taskId of ["one", "two", "three"]) await cluster.book.reach(taskId, TASK_RUNNING);
  await cluster.sandboxHolds("group", "tasks/one/ready");
  for (const taskId of ["two", "three", "one"]) {
    await writeFile(cluster.sandboxPath("group", "tasks", taskId, "go"), "");
    assert.equal((await cluster.book.end(taskId)).state, TASK_FINISHED);
  }
  const saidBy = async (taskId: string) => readAnswers(await cluster.sandboxText("group", "tasks", taskId, "stdout"));
  assert.deepEqual([await saidBy("two"), await saidBy("three")], [{ shm: "ours" }, { shm: "" }]);
});

testOnDocker("a group that names no network is in the host's, without a container of its own", async (bench) => {
  await using cluster = await openTestCluster(bench);
  launchGroup(
    cluster,
    bench,
    { one: { shell: "echo $MESOS_CONTAINER_IP; sleep 300", graceMs: 0 } },
    { network: "host" },
  );
  await cluster.book.reach("one", TASK_RUNNING);
  const { HostConfig } = await cluster.container("one");
  assert.equal(HostConfig.NetworkMode, "host");
  assert.equal((await cluster.containers()).length, 1);
  await eventually("the agent's address", async () =>
    /^127\.0\.0\.1\n$/.test(await cluster.sandboxText("group", "tasks", "one", "stdout")),
  );
  cluster.kill("one");
  await cluster.book.end("one");
});

testOnDocker("the operator's policy judges the tasks of a group, and lets be what the group shares", async (bench) => {
  await using folder = await openFixture();
  const rules = [
    "host_network: deny",
    "host_namespaces: deny",
    "root_user: deny",
    "capabilities: { deny: [NET_ADMIN] }",
  ];
  const registries = `registries: { allow: [docker.io/${bench.image.split(":")[0]}] }`;
  const path = await folder.write("policy.yaml", ["version: 1", ...rules, registries, ""].join("\n"));
  await using cluster = await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_POLICY: path } });
  const document = { user: "1000" };
  const linuxInfo = { sharePidNamespace: true };
  await finish(cluster, bench, { one: { shell: "true", document, linuxInfo }, two: { shell: "true", document } });
  await cluster.book.exit("group");
  const parameters = [{ key: "cap-add", value: "NET_ADMIN" }];
  launchGroup(
    cluster,
    bench,
    { three: { shell: "sleep 300", document }, four: { shell: "true", document: { ...document, parameters } } },
    { executorId: "other" },
  );
  const [three, four] = [await cluster.book.end("three"), await cluster.book.end("four")];
  assert.equal(four.state, TASK_ERROR);
  assert.match(four.message, /denies this task: capability NET_ADMIN \(rule "capabilities"\)$/);
  assert.equal(three.state, TASK_KILLED);
});
