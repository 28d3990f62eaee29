import assert from "node:assert/strict";
import { test } from "node:test";
import { delay, fail, hang } from "../fakes/engine_faults.ts";
import { ExecutorBench } from "./executor_bench.ts";
import { settled, until } from "./until.ts";

const done = { kind: "code", code: 0 };

/** Nothing is left, and the task was told as killed. */
async function assertKilled(bench: ExecutorBench, states: string[], message: string): Promise<void> {
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1"), states);
  assert.equal(bench.agent.lastOf("t1").message, message);
  assert.deepEqual(bench.engine.containers, []);
}

test("KILL of a task that runs asks for the executor's grace (case 40)", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  bench.agent.kill("t1");
  const message = "Container exited with status 143 (SIGTERM), killed on request";
  await assertKilled(bench, ["STARTING", "RUNNING", "KILLING", "KILLED"], message);
  assert.deepEqual(bench.engine.callsOf("stopContainer")[0]?.options, { graceSeconds: 5, deadlineMs: 1000 });
});

for (const [title, graceMs, calls] of [
  ["the task's grace", undefined, [["stopContainer", { graceSeconds: 10, deadlineMs: 1000 }]]],
  ["its own grace", 2000, [["stopContainer", { graceSeconds: 2, deadlineMs: 1000 }]]],
  ["no grace", 0, [["killContainer", { killSignal: "SIGKILL", deadlineMs: 1000 }]]],
] as const) {
  test(`KILL asks for ${title} (case 41)`, async () => {
    const bench = new ExecutorBench();
    await bench.run("t1", { killPolicy: { gracePeriod: { nanoseconds: 10_000_000_000n } } });
    bench.agent.kill("t1", graceMs);
    await bench.ended();
    const asked = bench.engine.calls.filter(({ method }) => method === "stopContainer" || method === "killContainer");
    assert.deepEqual(
      asked.map(({ method, options }) => [method, options]),
      calls,
    );
  });
}

test("KILL of a task whose process ignores SIGTERM ends by SIGKILL after the grace", async () => {
  const bench = new ExecutorBench();
  (await bench.run("t1")).stopManner = "ignores";
  bench.agent.kill("t1", 3000);
  await bench.pass(3000);
  const message = "Container exited with status 137 (SIGKILL), killed on request";
  await assertKilled(bench, ["STARTING", "RUNNING", "KILLING", "KILLED"], message);
});

test("a second KILL ends a task sooner, and is not told again (case 42)", async () => {
  const bench = new ExecutorBench();
  (await bench.run("t1")).stopManner = "ignores";
  bench.agent.kill("t1", 60_000);
  await bench.clock.scheduled(60_000);
  bench.clock.advance(1000);
  bench.agent.kill("t1", 1000);
  await bench.pass(1000);
  const message = "Container exited with status 137 (SIGKILL), killed on request";
  await assertKilled(bench, ["STARTING", "RUNNING", "KILLING", "KILLED"], message);
});

test("KILL while the image is pulled ends the pull (case 38)", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("pullImage", hang());
  bench.agent.launch("t1", { container: { docker: { image: "absent" } } });
  await until(() => bench.engine.methods.includes("pullImage"));
  bench.agent.kill("t1");
  await assertKilled(bench, ["STARTING", "KILLING", "KILLED"], "Container not started, killed on request");
  assert.equal(bench.engine.methods.includes("createContainer"), false);
});

for (const method of ["createContainer", "openWait", "openAttach"] as const) {
  test(`KILL during ${method} removes the container without a start`, async () => {
    const bench = new ExecutorBench();
    bench.engine.once(method, delay(1000));
    bench.agent.launch("t1");
    await bench.clock.scheduled(1000);
    bench.agent.kill("t1");
    await until(() => bench.agent.statesOf("t1").includes("KILLING"));
    bench.clock.advance(1000);
    await assertKilled(bench, ["STARTING", "KILLING", "KILLED"], "Container not started, killed on request");
    assert.equal(bench.engine.methods.includes("startContainer"), false);
  });
}

test("KILL during the start stops the container as soon as it runs, and never tells that it does", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("startContainer", delay(1000));
  bench.agent.launch("t1");
  await bench.clock.scheduled(1000);
  bench.agent.kill("t1", 7000);
  await bench.reported("t1", "KILLING");
  bench.clock.advance(1000);
  const message = "Container exited with status 143 (SIGTERM), killed on request";
  await assertKilled(bench, ["STARTING", "KILLING", "KILLED"], message);
  assert.deepEqual(bench.engine.callsOf("stopContainer")[0]?.options, { graceSeconds: 7, deadlineMs: 1000 });
});

test("KILL during a start that fails is told as killed", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("startContainer", delay(1000));
  bench.agent.launch("t1");
  await bench.clock.scheduled(1000);
  bench.agent.kill("t1", 10_000);
  await bench.reported("t1", "KILLING");
  bench.engine.always("inspectContainer", fail("failed", "broken"));
  bench.clock.advance(1000);
  for (let look = 0; look < 9; look++) await bench.pass(500);
  await assertKilled(bench, ["STARTING", "KILLING", "KILLED"], "Container not started, killed on request");
});

test("KILL during a start that hangs ends the task when its grace is over (case 46)", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("startContainer", hang());
  bench.agent.launch("t1");
  await until(() => bench.engine.callsOf("startContainer").length === 1);
  bench.agent.kill("t1", 60_000);
  await bench.reported("t1", "KILLING");
  bench.agent.kill("t1", 4000);
  await bench.pass(4000);
  await assertKilled(bench, ["STARTING", "KILLING", "KILLED"], "Container not started, killed on request");
});

test("KILL during a start that hangs although the container runs ends both", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("startContainer", hang({ effect: "done" }));
  bench.agent.launch("t1");
  await until(() => bench.engine.callsOf("startContainer").length === 1);
  bench.agent.kill("t1", 4000);
  await bench.pass(4000);
  await bench.ended();
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "KILLING", "KILLED"]);
  assert.deepEqual(bench.engine.containers, []);
});

test("KILL is repeated as long as the daemon fails to stop (case 46)", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  bench.engine.always("stopContainer", fail("timeout", "no answer"));
  bench.engine.once("killContainer", fail("timeout"), fail("timeout"));
  bench.agent.kill("t1", 2000);
  // Two within the grace, and one before each further attempt.
  for (let attempt = 0; attempt < 4; attempt++) await bench.pass(1000);
  const message = "Container exited with status 137 (SIGKILL), killed on request";
  await assertKilled(bench, ["STARTING", "RUNNING", "KILLING", "KILLED"], message);
  assert.equal(bench.engine.callsOf("stopContainer").length, 2);
  assert.equal(bench.engine.callsOf("killContainer").length, 3);
});

test("KILL while the last output is read does not change how the task ended", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1");
  container.outputManner = "outlives";
  container.exit(0);
  await bench.clock.scheduled(10_000);
  bench.agent.kill("t1");
  await settled();
  container.endOutput();
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "FINISHED"]);
});

test("KILL while the container is removed changes nothing", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1");
  bench.engine.once("removeContainer", delay(1000));
  container.exit(0);
  await bench.clock.scheduled(1000);
  bench.agent.kill("t1");
  await settled();
  bench.clock.advance(1000);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "FINISHED"]);
});

test("KILL before LAUNCH is remembered (case 45)", async () => {
  const bench = new ExecutorBench();
  bench.agent.kill("t1");
  await settled();
  assert.equal(bench.end, undefined, "the executor stays alive");
  bench.agent.launch("t1");
  await assertKilled(bench, ["KILLED"], "Container not started, killed on request");
  assert.deepEqual(bench.engine.calls, []);
});

test("KILL before a LAUNCH that never comes lets the executor go after a minute (case 45)", async () => {
  const bench = new ExecutorBench();
  bench.agent.kill("t1");
  await settled();
  await bench.pass(60_000);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.log.messages("warn"), ["no LAUNCH followed the KILL"]);
  assert.deepEqual(bench.agent.updates, []);
});

test("KILL of an unknown task changes nothing (case 44)", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1");
  const calls = bench.engine.calls.length;
  bench.agent.kill("other");
  await settled();
  assert.equal(bench.engine.calls.length, calls);
  assert.deepEqual(bench.agent.statesOf("other"), []);
  container.exit(0);
  assert.deepEqual(await bench.ended(), done);
});

test("KILL of one task leaves the other alone", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  const other = await bench.run("t2");
  bench.agent.kill("t1");
  await bench.reported("t1", "KILLED");
  await settled();
  assert.equal(other.status, "running");
  other.exit(0);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t2"), ["STARTING", "RUNNING", "FINISHED"]);
});

test("signalTasks() hands a signal on to every container that runs, and to no other", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  await bench.run("t2");
  bench.engine.once("inspectImage", hang());
  bench.agent.launch("t3");
  await settled();
  const running = [bench.containerOf("t1").id, bench.containerOf("t2").id];
  bench.loop.signalTasks("SIGUSR1");
  await settled();
  assert.deepEqual(
    bench.engine.callsOf("killContainer").map(({ subject, options }) => [subject, options]),
    running.map((id) => [id, { killSignal: "SIGUSR1" }]),
  );
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING"]);
});

test("signalTasks() goes on when the daemon does not pass a signal on", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1");
  bench.engine.once("killContainer", fail("failed", "no answer"));
  bench.loop.signalTasks("SIGUSR1");
  await settled();
  assert.deepEqual(bench.log.messages("warn"), ["the container did not get a signal"]);
  container.exit(0);
  await bench.reported("t1", "FINISHED");
});
