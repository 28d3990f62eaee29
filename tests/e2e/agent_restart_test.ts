import assert from "node:assert/strict";
import type { Exchange } from "../../src/mesos/embedded/mod.ts";
import { Call_Type, TaskState } from "../../src/mesos/protocol.ts";
import { formatUuid } from "../../src/mesos/uuid.ts";
import { testOnDocker } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { exitCodeOf } from "./report_book.ts";
import { openTestCluster } from "./test_cluster.ts";

const waitsForGo = "while [ ! -e /mnt/mesos/sandbox/go ]; do sleep 0.05; done; exit 4";

testOnDocker("a container runs on untouched while its agent restarts", async (bench) => {
  await using cluster = await openTestCluster(bench, { checkpoint: true });
  const before = await cluster.run("task", { shell: waitsForGo });
  const pid = cluster.executorPid("task");
  await cluster.agent.restart({ downMs: 500, startingMs: 300, recoveringMs: 300 });
  await eventually("the agent's recovery", () => cluster.agent.stage === "running");
  const after = await cluster.container("task");
  assert.equal(after.Id, before.Id);
  assert.equal(after.State.StartedAt, before.State.StartedAt);
  await cluster.writeSandbox("task", "go");
  assert.equal(exitCodeOf(await cluster.book.end("task")), "4");
  assert.deepEqual(cluster.book.states("task"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
  assert.equal(cluster.executorPid("task"), pid);
  assert.deepEqual((await cluster.book.exit("task")).exit, { kind: "code", code: 0 });
});

testOnDocker("what happened while the agent was away is told once when it is back", async (bench) => {
  const exchanges: Exchange[] = [];
  await using cluster = await openTestCluster(bench, {
    checkpoint: true,
    observe: (exchange) => exchanges.push(exchange),
  });
  await cluster.run("task", { shell: waitsForGo });
  await cluster.agent.setStage("down");
  await cluster.writeSandbox("task", "go");
  await eventually("the container's removal", async () => (await cluster.containers()).length === 0);
  exchanges.length = 0;
  await cluster.agent.setStage("reconnecting");
  const end = await cluster.book.end("task");
  assert.equal(exitCodeOf(end), "4");
  assert.deepEqual((await cluster.book.exit("task")).exit, { kind: "code", code: 0 });
  assert.deepEqual(cluster.book.states("task"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
  const accepted = exchanges.filter(({ status, call }) => call && status < 300);
  const told = accepted.flatMap(({ call }) => [
    ...(call?.type === Call_Type.SUBSCRIBE ? (call.subscribe?.unacknowledgedUpdates ?? []) : []),
    ...(call?.type === Call_Type.UPDATE && call.update ? [call.update] : []),
  ]);
  assert.deepEqual(
    told.map(({ status }) => status && formatUuid(status.uuid)),
    [formatUuid(end.uuid)],
  );
});

testOnDocker("updates that the agent did not acknowledge come again with the same uuid", async (bench) => {
  const exchanges: Exchange[] = [];
  await using cluster = await openTestCluster(bench, {
    checkpoint: true,
    observe: (exchange) => exchanges.push(exchange),
  });
  cluster.agent.withholdAcknowledgements();
  await cluster.run("task", { shell: waitsForGo });
  await cluster.agent.restart();
  const subscribe = await eventually(
    "the second SUBSCRIBE",
    () => exchanges.filter(({ call, status }) => call?.type === Call_Type.SUBSCRIBE && status === 200)[1]?.call,
  );
  const uuids = cluster.book.statuses("task").map(({ uuid }) => formatUuid(uuid));
  const again = subscribe.subscribe?.unacknowledgedUpdates.map(({ status }) => status && formatUuid(status.uuid));
  assert.deepEqual(again, uuids);
  assert.deepEqual(
    subscribe.subscribe?.unacknowledgedTasks.map(({ taskId }) => taskId?.value),
    ["task"],
  );
  await cluster.writeSandbox("task", "go");
  const end = await cluster.book.end("task");
  assert.equal(end.state, TaskState.TASK_FAILED);
  cluster.agent.releaseAcknowledgements();
  assert.deepEqual(cluster.book.states("task"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
  assert.deepEqual((await cluster.book.exit("task")).exit, { kind: "code", code: 0 });
});

testOnDocker("a kill after the agent's restart reaches the executor", async (bench) => {
  await using cluster = await openTestCluster(bench, { checkpoint: true });
  await cluster.run("task", { shell: "sleep 300" });
  await cluster.agent.restart();
  await eventually("the agent's recovery", () => cluster.agent.stage === "running");
  cluster.kill("task", 0);
  assert.equal((await cluster.book.end("task")).state, TaskState.TASK_KILLED);
});
