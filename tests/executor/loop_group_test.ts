import assert from "node:assert/strict";
import { test } from "node:test";
// Loaded by the executor when a group comes, which takes longer than a test waits.
import "../../src/executor/groups/group_crew.ts";
import "tar-stream";
import { fail, hang } from "../fakes/engine_faults.ts";
import { ExecutorBench } from "./executor_bench.ts";
import { settled, until } from "./until.ts";

const done = { kind: "code", code: 0 };
const failed = "killed because another task of its group failed or was killed";

test("the tasks of a group join one container's network, and tell its address (case 68)", async () => {
  const bench = new ExecutorBench({
    onCreate: (container) => {
      if (container.name.startsWith("group-")) container.networks = { web: { IPAddress: "10.1.0.2" } };
    },
  });
  await bench.runGroup({ a: {}, b: {} });
  const { infra } = bench;
  assert.equal(infra.request.body.HostConfig?.NetworkMode, "web");
  for (const taskId of ["a", "b"]) {
    const { body } = bench.containerOf(taskId).request;
    assert.equal(body.HostConfig?.NetworkMode, `container:${infra.id}`);
    assert.ok(body.Env?.includes("MESOS_CONTAINER_IP=10.1.0.2"));
    const running = bench.agent.updates.find((one) => one.taskId === taskId && one.report.containerStatus)?.report;
    assert.deepEqual(
      running?.containerStatus?.networkInfos?.map(({ name, ipAddresses }) => [name, ipAddresses?.[0]?.ipAddress]),
      [["web", "10.1.0.2"]],
    );
  }
  bench.containerOf("a").exit(0);
  await bench.reported("a", "FINISHED");
  await settled();
  assert.equal(bench.containerOf("b").status, "running");
  assert.equal(infra.status, "running");
  bench.containerOf("b").exit(0);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.engine.containers, []);
  assert.deepEqual(bench.clock.delays, [], "no timer keeps the process alive");
});

test("a task that fails ends the others, by their own grace, and then the executor (case 68)", async () => {
  const bench = new ExecutorBench();
  await bench.runGroup({ a: {}, b: { killPolicy: { gracePeriod: { nanoseconds: 9_000_000_000n } } } });
  bench.containerOf("a").exit(1);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("a"), ["STARTING", "RUNNING", "FAILED"]);
  assert.deepEqual(bench.agent.statesOf("b"), ["STARTING", "RUNNING", "KILLING", "KILLED"]);
  assert.equal(bench.agent.lastOf("b").message, `Container exited with status 143 (SIGTERM), ${failed}`);
  assert.deepEqual(bench.engine.callsOf("stopContainer")[0]?.options, { graceSeconds: 9, deadlineMs: 1000 });
  assert.deepEqual(bench.engine.containers, []);
});

test("a task whose image cannot be had ends the others (case 69)", async () => {
  const bench = new ExecutorBench();
  const container = { mesos: { image: { type: 2 as const, docker: { name: "absent" }, cached: true } } };
  bench.agent.launchGroup({ a: {}, b: { container } });
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("b"), ["STARTING", "FAILED"]);
  assert.match(bench.agent.lastOf("b").message ?? "", /^Cannot get image "absent": /);
  assert.equal(bench.agent.statesOf("a").at(-1), "KILLED");
  assert.deepEqual(bench.engine.containers, []);
});

test("a group whose own container cannot be had says so, and leaves nothing behind", async () => {
  const bench = new ExecutorBench();
  bench.engine.archive = [];
  bench.agent.launchGroup({ a: {}, b: {} });
  assert.deepEqual(await bench.ended(), done);
  const message = "Cannot make the container of the task group: Cannot load image: the fake engine reads no archives";
  assert.equal(bench.agent.lastOf("a").message, message);
  assert.deepEqual(bench.agent.statesOf("a"), ["STARTING", "FAILED"]);
  assert.deepEqual(bench.agent.statesOf("b"), ["STARTING", "KILLING", "KILLED"]);
  assert.deepEqual(bench.engine.containers, []);
});

test("a group's own container that does not start is removed", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("startContainer", fail("failed", "no network web"));
  bench.agent.launchGroup({ a: {} });
  assert.deepEqual(await bench.ended(), done);
  assert.equal(bench.agent.lastOf("a").message, "Cannot make the container of the task group: no network web");
  assert.deepEqual(bench.engine.containers, []);
});

test("when the container of the group ends, all of its tasks do, and say why", async () => {
  const bench = new ExecutorBench();
  await bench.runGroup({ a: {}, b: {} });
  bench.infra.exit(137);
  assert.deepEqual(await bench.ended(), done);
  for (const taskId of ["a", "b"]) {
    assert.deepEqual(bench.agent.statesOf(taskId), ["STARTING", "RUNNING", "FAILED"]);
    const why = "killed because the container that held its group's network ended";
    const found = "Container exited with status 143 (SIGTERM)";
    assert.equal(bench.agent.lastOf(taskId).message, `${found}, ${why}: Container exited with status 137 (SIGKILL)`);
  }
  assert.deepEqual(bench.engine.containers, []);
});

test("KILL of one task ends its group, and no other one", async () => {
  const bench = new ExecutorBench();
  await bench.runGroup({ a: {}, b: {} });
  await bench.runGroup({ c: {} });
  bench.agent.kill("a", 0);
  await bench.reported("b", "KILLED");
  await until(() => bench.engine.containers.length === 2, "the group is gone");
  assert.equal(bench.containerOf("c").status, "running");
  bench.containerOf("c").exit(0);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.engine.containers, []);
});

test("SHUTDOWN ends groups, and what they share", async () => {
  const bench = new ExecutorBench();
  await bench.runGroup({ a: {}, b: {} });
  bench.agent.tell({ kind: "shutdown" });
  assert.deepEqual(await bench.ended(), done);
  for (const taskId of ["a", "b"]) {
    assert.match(bench.agent.lastOf(taskId).message ?? "", /killed because the executor shuts down$/);
  }
  assert.deepEqual(bench.engine.containers, []);
});

test("SHUTDOWN while the group's own container is made leaves nothing behind", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("startContainer", hang());
  bench.agent.launchGroup({ a: {}, b: {} });
  await until(() => bench.engine.callsOf("startContainer").length === 1, "the group's container is being started");
  bench.agent.tell({ kind: "shutdown" });
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(
    ["a", "b"].map((taskId) => bench.agent.statesOf(taskId).at(-1)),
    ["KILLED", "KILLED"],
  );
  assert.deepEqual(bench.engine.containers, []);
});

test("an executor that fails removes the groups' containers too", async () => {
  const bench = new ExecutorBench();
  await bench.runGroup({ a: {} });
  bench.loop.fail(new Error("ours"));
  const end = await bench.ended();
  assert.equal(end.kind, "error");
  assert.deepEqual(bench.engine.containers, []);
});

test("a group that comes before SUBSCRIBED is answered", async () => {
  const bench = new ExecutorBench({ subscription: "none" });
  bench.agent.launchGroup({ a: {}, b: {} });
  assert.deepEqual(await bench.ended(), done);
  for (const taskId of ["a", "b"]) {
    assert.equal(bench.agent.lastOf(taskId).message, "Cannot launch: LAUNCH_GROUP came before SUBSCRIBED");
  }
});

test("every task of a group has a folder of its own for its output", async () => {
  const bench = new ExecutorBench();
  await bench.runGroup({ a: {}, b: {} });
  assert.deepEqual(
    bench.orders.filter(([, order]) => order === 0),
    [],
  );
  bench.agent.tell({ kind: "shutdown" });
  await bench.ended();
});
