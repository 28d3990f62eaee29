// Task groups: how one's end is that of the others, and what is left.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import type { ContainerSummary } from "../../src/docker/mod.ts";
import { TaskState } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";
import { launchGroup } from "./test_group.ts";

const { TASK_RUNNING, TASK_FAILED, TASK_KILLED } = TaskState;

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
