// Task groups: how one's end is that of the others, and what is left.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import type { ContainerSummary } from "../../src/docker/mod.ts";
import { TaskState } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";
import { launchGroup } from "./test_group.ts";

const { TASK_RUNNING, TASK_FAILED, TASK_FINISHED, TASK_KILLED, TASK_ERROR } = TaskState;

/** Lines for a shell: to end when told, and to take its leave. */
const endWith = (status: number) => `until test -e $MESOS_SANDBOX/go; do sleep 0.1; done; exit ${status}`;
const lingering = "trap 'echo bye; exit 0' TERM; sleep 300 & wait";

async function letGo(cluster: TestCluster, taskId: string): Promise<void> {
  await writeFile(cluster.sandboxPath("group", "tasks", taskId, "go"), "");
}

/** The container that holds what the group shares. */
async function infraOf(cluster: TestCluster): Promise<ContainerSummary> {
  const containers = await cluster.containers();
  const infra = containers.find(({ Labels }) => Labels["mesos-docker.task"]?.startsWith("group of "));
  assert.ok(infra, "the group has a container of its own");
  return infra;
}

testOnDocker("a task that fails ends the others of its group, and the group (case 68)", async (bench) => {
  await using cluster = await openTestCluster(bench);
  launchGroup(cluster, bench, { one: { shell: endWith(1) }, two: { shell: lingering } });
  const running = [await cluster.book.reach("one", TASK_RUNNING), await cluster.book.reach("two", TASK_RUNNING)];
  const infra = await infraOf(cluster);
  for (const taskId of ["one", "two"]) {
    const { HostConfig } = await cluster.container(taskId);
    assert.equal(HostConfig.NetworkMode, `container:${infra.Id}`);
  }
  const addresses = running.map(({ containerStatus }) =>
    containerStatus?.networkInfos.map(({ name, ipAddresses }) => [name, ipAddresses.map(({ ipAddress }) => ipAddress)]),
  );
  const { NetworkSettings } = (await bench.engine.inspectContainer(infra.Id)) ?? assert.fail("infra is there");
  assert.deepEqual(addresses[0], [["bridge", [NetworkSettings.Networks.bridge?.IPAddress]]]);
  assert.deepEqual(addresses[1], addresses[0]);
  await letGo(cluster, "one");
  const [one, two] = [await cluster.book.end("one"), await cluster.book.end("two")];
  assert.deepEqual([one.state, one.message], [TASK_FAILED, "Container exited with status 1"]);
  assert.equal(two.state, TASK_KILLED);
  assert.match(two.message, /^Container exited with status 0, killed because another task of its group failed/);
  assert.equal(await cluster.sandboxText("group", "tasks", "two", "stdout"), "bye\n");
  assert.deepEqual(cluster.book.states("two"), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
  assert.deepEqual((await cluster.book.exit("group")).exit, { kind: "code", code: 0 });
  assert.deepEqual(await cluster.containers(), []);
});

testOnDocker("a task that finishes leaves the others of its group alone (case 68)", async (bench) => {
  await using cluster = await openTestCluster(bench);
  launchGroup(cluster, bench, { one: { shell: "true" }, two: { shell: endWith(0) } });
  assert.equal((await cluster.book.end("one")).state, TASK_FINISHED);
  await cluster.book.reach("two", TASK_RUNNING);
  assert.equal((await infraOf(cluster)).State, "running");
  assert.deepEqual(cluster.book.states("two"), ["TASK_STARTING", "TASK_RUNNING"]);
  await letGo(cluster, "two");
  assert.equal((await cluster.book.end("two")).state, TASK_FINISHED);
  assert.deepEqual((await cluster.book.exit("group")).exit, { kind: "code", code: 0 });
  assert.deepEqual(await cluster.containers(), []);
});

testOnDocker("a task whose image is missing ends the others of its group (case 69)", async (bench) => {
  await using cluster = await openTestCluster(bench);
  launchGroup(cluster, bench, { one: { shell: lingering }, two: { shell: "true", image: "127.0.0.1:9/absent" } });
  const [one, two] = [await cluster.book.end("one"), await cluster.book.end("two")];
  assert.equal(two.state, TASK_FAILED);
  assert.match(two.message, /^Cannot get image "127\.0\.0\.1:9\/absent": /);
  assert.equal(one.state, TASK_KILLED);
  assert.match(one.message, /killed because another task of its group failed or was killed$/);
  await cluster.book.exit("group");
  assert.deepEqual(await cluster.containers(), []);
});

testOnDocker("a task that cannot be honoured ends a group before it has a container", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const uris = [{ value: "file:///etc/hostname" }];
  launchGroup(cluster, bench, {
    one: { shell: "true" },
    two: { shell: "true", info: { command: { value: "true", uris } } },
  });
  const [one, two] = [await cluster.book.end("one"), await cluster.book.end("two")];
  assert.equal(two.state, TASK_ERROR);
  const found = "command.uris (nobody fetches them: give them to ExecutorInfo.command)";
  assert.equal(two.message, `Cannot honour TaskInfo fields in a task group: ${found}`);
  assert.deepEqual(cluster.book.states("one"), ["TASK_STARTING", "TASK_KILLED"]);
  assert.match(one.message, /^Container not started, killed because another task of its group/);
});

testOnDocker("KILL of one task ends its group, each task with its own grace, and no other group", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const stubborn = "trap '' TERM; while true; do sleep 0.1; done";
  launchGroup(cluster, bench, { one: { shell: lingering }, two: { shell: stubborn, graceMs: 1000 } });
  launchGroup(cluster, bench, { three: { shell: lingering, graceMs: 0 } });
  for (const taskId of ["one", "two", "three"]) await cluster.book.reach(taskId, TASK_RUNNING);
  cluster.kill("one");
  assert.match((await cluster.book.end("one")).message, /, killed on request$/);
  assert.match(
    (await cluster.book.end("two")).message,
    /^Container exited with status 137 \(SIGKILL\), killed because/,
  );
  await eventually("the end of the first group's container", async () => (await cluster.containers()).length === 2);
  assert.deepEqual(cluster.book.states("three"), ["TASK_STARTING", "TASK_RUNNING"]);
  cluster.kill("three");
  await cluster.book.end("three");
  await cluster.book.exit("group");
  assert.deepEqual(await cluster.containers(), []);
});

testOnDocker("when the container of the group is killed, all of its tasks fail and say why", async (bench) => {
  await using cluster = await openTestCluster(bench);
  launchGroup(cluster, bench, { one: { shell: lingering }, two: { shell: lingering } });
  for (const taskId of ["one", "two"]) await cluster.book.reach(taskId, TASK_RUNNING);
  await bench.engine.killContainer((await infraOf(cluster)).Id, { killSignal: "SIGKILL" });
  for (const taskId of ["one", "two"]) {
    const { state, message } = await cluster.book.end(taskId);
    assert.equal(state, TASK_FAILED);
    assert.match(message, /network ended: Container exited with status 137 \(SIGKILL\)$/);
  }
  await cluster.book.exit("group");
  assert.deepEqual(await cluster.containers(), []);
});

testOnDocker("KILL while a group is being prepared leaves nothing behind", async (bench) => {
  await using cluster = await openTestCluster(bench);
  launchGroup(cluster, bench, { one: { shell: lingering }, two: { shell: lingering } });
  await cluster.book.reach("two", TaskState.TASK_STARTING);
  cluster.kill("one");
  cluster.kill("two");
  for (const taskId of ["one", "two"]) assert.equal((await cluster.book.end(taskId)).state, TASK_KILLED);
  await cluster.book.exit("group");
  assert.deepEqual(await cluster.containers(), []);
});

testOnDocker("a group whose executor was killed is reaped whole", async (bench) => {
  await using cluster = await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_CGROUP_PARENT: "off" } });
  launchGroup(cluster, bench, { one: { shell: lingering }, two: { shell: lingering } });
  for (const taskId of ["one", "two"]) await cluster.book.reach(taskId, TASK_RUNNING);
  process.kill(cluster.executorPid("one"), "SIGKILL");
  await cluster.book.exit("group");
  assert.equal((await cluster.containers()).length, 3);
  const { stdout } = await runCommand([bench.binary, "reap"]);
  for (const name of ["one", "two", "group of one"]) assert.ok(stdout.includes(`of task "${name}"`), name);
  assert.deepEqual(await cluster.containers(), []);
});

testOnDocker("a group's tasks run on while their agent is away, and are told of when it is back", async (bench) => {
  await using cluster = await openTestCluster(bench, { checkpoint: true });
  launchGroup(cluster, bench, { one: { shell: endWith(0) }, two: { shell: endWith(4) }, three: { shell: lingering } });
  for (const taskId of ["one", "two", "three"]) await cluster.book.reach(taskId, TASK_RUNNING);
  await cluster.agent.setStage("down");
  await letGo(cluster, "one");
  await eventually("the end of the first task's container", async () => (await cluster.containers()).length === 3);
  await letGo(cluster, "two");
  await eventually("the end of the group", async () => (await cluster.containers()).length === 0);
  await cluster.agent.setStage("reconnecting");
  const ends = [await cluster.book.end("one"), await cluster.book.end("two"), await cluster.book.end("three")];
  assert.deepEqual(
    ends.map(({ state }) => state),
    [TASK_FINISHED, TASK_FAILED, TASK_KILLED],
  );
  assert.deepEqual((await cluster.book.exit("group")).exit, { kind: "code", code: 0 });
});
