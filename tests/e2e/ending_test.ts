import assert from "node:assert/strict";
import process from "node:process";
import { TaskState } from "../../src/mesos/protocol.ts";
import { readEnvironment } from "../../src/runtime/marked_processes.ts";
import { testOnDocker } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { findProcesses } from "./leftovers.ts";
import { exitCodeOf } from "./report_book.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";

const takesLeave = "trap 'sleep 0.5; exit 5' TERM; touch /mnt/mesos/sandbox/ready; while true; do sleep 0.1; done";
const ignores = "trap '' TERM; touch /mnt/mesos/sandbox/ready; while true; do sleep 0.1; done";
const waitsForGo = "while [ ! -e /mnt/mesos/sandbox/go ]; do sleep 0.05; done; exit 4";

/** Far more than anything here takes, so that only what is asked for can end a container. */
const shutdownGraceMs = 300_000;

async function runUntilReady(cluster: TestCluster, taskId: string, shell: string): Promise<void> {
  await cluster.run(taskId, { shell });
  await cluster.sandboxHolds(taskId, "ready");
}

const endings = {
  "SHUTDOWN by the agent": (cluster: TestCluster) => cluster.agent.shutdownExecutor(cluster.frameworkId, "task"),
  "SIGTERM to the executor": (cluster: TestCluster) => process.kill(cluster.executorPid("task"), "SIGTERM"),
  "SIGINT to the executor": (cluster: TestCluster) => process.kill(cluster.executorPid("task"), "SIGINT"),
};

for (const [name, end] of Object.entries(endings)) {
  testOnDocker(`${name} leaves a container its grace`, async (bench) => {
    await using cluster = await openTestCluster(bench, { shutdownGraceMs });
    await runUntilReady(cluster, "task", takesLeave);
    end(cluster);
    const status = await cluster.book.end("task");
    assert.deepEqual(cluster.book.states("task"), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
    assert.equal(status.message, "Container exited with status 5, killed because the executor shuts down");
    assert.deepEqual((await cluster.book.exit("task")).exit, { kind: "code", code: 0 });
  });
}

testOnDocker("SHUTDOWN kills a container that outstays the grace, before the agent would", async (bench) => {
  await using cluster = await openTestCluster(bench, { shutdownGraceMs: 8000 });
  await runUntilReady(cluster, "task", ignores);
  cluster.agent.shutdownExecutor(cluster.frameworkId, "task");
  assert.equal(exitCodeOf(await cluster.book.end("task")), "137");
  assert.deepEqual((await cluster.book.exit("task")).exit, { kind: "code", code: 0 });
});

testOnDocker("a second SIGTERM to the executor kills at once", async (bench) => {
  await using cluster = await openTestCluster(bench, { shutdownGraceMs });
  await runUntilReady(cluster, "task", ignores);
  const pid = cluster.executorPid("task");
  process.kill(pid, "SIGTERM");
  await cluster.book.reach("task", TaskState.TASK_KILLING);
  process.kill(pid, "SIGTERM");
  assert.equal(exitCodeOf(await cluster.book.end("task")), "137");
  assert.deepEqual((await cluster.book.exit("task")).exit, { kind: "code", code: 0 });
});

testOnDocker("SIGHUP to the executor means nothing", async (bench) => {
  await using cluster = await openTestCluster(bench);
  await cluster.run("task", { shell: waitsForGo });
  process.kill(cluster.executorPid("task"), "SIGHUP");
  await cluster.writeSandbox("task", "go");
  assert.equal(exitCodeOf(await cluster.book.end("task")), "4");
  assert.deepEqual(cluster.book.states("task"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
});

testOnDocker("without checkpointing, an agent that is gone for good takes its containers with it", async (bench) => {
  await using cluster = await openTestCluster(bench, { checkpoint: false, shutdownGraceMs: 3000 });
  await cluster.run("task", { shell: "sleep 300" });
  await cluster.agent.setStage("down");
  const mark = `MESOS_FRAMEWORK_ID=${cluster.frameworkId}`;
  await eventually("the executor's end", () => findProcesses(mark).length === 0);
  assert.deepEqual(await cluster.containers(), []);
});

testOnDocker("with checkpointing, an executor waits for its agent no longer than it is told", async (bench) => {
  await using cluster = await openTestCluster(bench, {
    checkpoint: true,
    recoveryTimeoutMs: 1500,
    reregistrationTimeoutMs: 500,
    shutdownGraceMs: 3000,
  });
  const { Id, State } = await cluster.run("task", { shell: "sleep 300" });
  await cluster.agent.setStage("down");
  const outage = await bench.engine.inspectContainer(Id);
  assert.equal(outage?.State.StartedAt, State.StartedAt);
  const mark = `MESOS_FRAMEWORK_ID=${cluster.frameworkId}`;
  await eventually("the executor's end", () => findProcesses(mark).length === 0);
  assert.deepEqual(await cluster.containers(), []);
  await cluster.agent.setStage("reconnecting");
  assert.deepEqual((await cluster.book.exit("task")).exit, { kind: "code", code: 1 });
});

testOnDocker("SIGTERM to an executor whose agent is away ends its container", async (bench) => {
  await using cluster = await openTestCluster(bench, { checkpoint: true, shutdownGraceMs: 3000 });
  await runUntilReady(cluster, "task", takesLeave);
  const pid = cluster.executorPid("task");
  await cluster.agent.setStage("down");
  process.kill(pid, "SIGTERM");
  await eventually("the executor's end", () => readEnvironment(pid) === "");
  assert.deepEqual(await cluster.containers(), []);
  await cluster.agent.setStage("reconnecting");
  assert.deepEqual((await cluster.book.exit("task")).exit, { kind: "code", code: 0 });
});

testOnDocker("the end of an agent ends the containers of all its executors", async (bench) => {
  const cluster = await openTestCluster(bench, { checkpoint: true });
  for (const taskId of ["one", "two", "three"]) await cluster.run(taskId, { shell: "sleep 300" });
  assert.equal((await cluster.containers()).length, 3);
  // Fails when anything is left.
  await cluster[Symbol.asyncDispose]();
  for (const taskId of ["one", "two", "three"]) assert.ok(cluster.book.states(taskId).includes("TASK_KILLED"));
});
