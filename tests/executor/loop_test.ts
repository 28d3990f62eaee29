import assert from "node:assert/strict";
import { test } from "node:test";
// Loaded by the loop when a message comes, which takes longer than a test waits.
import "../../src/executor/control/mod.ts";
import { TaskError } from "../../src/executor/task/task_error.ts";
import { fail } from "../fakes/engine_faults.ts";
import { ExecutorBench } from "./executor_bench.ts";
import { reasonOf } from "./step_words.ts";
import { settled, until } from "./until.ts";

const done = { kind: "code", code: 0 };

test("a task that finishes is told from start to end, and nothing is left of it (case 10)", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1");
  container.write("stdout", "hello\n");
  container.exit(0);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "FINISHED"]);
  assert.equal(bench.agent.lastOf("t1").message, "Container exited with status 0");
  assert.equal(bench.outputs.get("t1")?.texts.stdout, "hello\n");
  assert.deepEqual(bench.engine.methods, [
    "inspectImage",
    "createContainer",
    "openWait",
    "openAttach",
    "startContainer",
    "inspectContainer",
    "inspectContainer",
    "removeContainer",
  ]);
  assert.deepEqual(bench.engine.containers, []);
  assert.deepEqual(bench.log.lines, []);
  assert.deepEqual(bench.clock.delays, [], "no timer keeps the process alive");
  assert.equal(bench.agent.isListenedTo, false);
});

test("a task that fails is told with its status (case 11)", async () => {
  const bench = new ExecutorBench();
  (await bench.run("t1")).exit(3);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "FAILED"]);
  assert.equal(bench.agent.lastOf("t1").message, "Container exited with status 3");
});

test("a task that runs out of memory is told so (case 51)", async () => {
  const bench = new ExecutorBench();
  (await bench.run("t1")).exit(137, "killed");
  assert.deepEqual(await bench.ended(), done);
  assert.equal(reasonOf(bench.agent.lastOf("t1")), "CONTAINER_LIMITATION_MEMORY");
});

test("a task whose process ends at once is told as running before it is told as finished", async () => {
  const bench = new ExecutorBench();
  bench.engine.startContainer = async (id) => {
    const container = bench.engine.containers.find((one) => one.id === id);
    container?.start();
    container?.exit(0);
    await settled();
  };
  bench.agent.launch("t1");
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "FINISHED"]);
});

test("a task whose image cannot be had fails with the registry's words (case 33)", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("pullImage", fail("not_found", "manifest unknown"));
  bench.agent.launch("t1", { container: { docker: { image: "absent" } } });
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "FAILED"]);
  assert.equal(bench.agent.lastOf("t1").message, 'Cannot get image "absent": manifest unknown');
  assert.equal(reasonOf(bench.agent.lastOf("t1")), "CONTAINER_LAUNCH_FAILED");
});

test("a task that the daemon does not start fails with its words, and its container is removed (case 53)", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("startContainer", fail("failed", "port is already allocated"));
  bench.agent.launch("t1");
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "FAILED"]);
  assert.equal(bench.agent.lastOf("t1").message, "port is already allocated");
  assert.equal(reasonOf(bench.agent.lastOf("t1")), "CONTAINER_LAUNCH_FAILED");
  assert.deepEqual(bench.engine.containers, []);
});

for (const [title, init, state, message] of [
  [
    "a shell line without value (case 15)",
    { command: { shell: true } },
    "FAILED",
    "Shell specified but no command value provided",
  ],
  [
    "what is not honoured",
    { limits: { gpus: { value: 1 } } },
    "ERROR",
    "Cannot honour TaskInfo fields: limits.gpus (only cpus and mem have limits)",
  ],
] as const) {
  test(`a task with ${title} is answered without a call to the daemon`, async () => {
    const bench = new ExecutorBench();
    bench.agent.launch("t1", { ...init, container: { docker: { image: "busybox" } } });
    assert.deepEqual(await bench.ended(), done);
    assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", state]);
    assert.equal(bench.agent.lastOf("t1").message, message);
    assert.equal(reasonOf(bench.agent.lastOf("t1")), "TASK_INVALID");
    assert.deepEqual(bench.engine.calls, []);
  });
}

test("two tasks run at once, each with an output of its own, and the executor ends with the last", async () => {
  const bench = new ExecutorBench();
  const [first, second] = [await bench.run("t1"), await bench.run("t2")];
  assert.deepEqual(bench.orders, [
    ["t1", 0],
    ["t2", 1],
  ]);
  first.write("stdout", "first");
  second.write("stdout", "second");
  first.exit(0);
  await bench.reported("t1", "FINISHED");
  await settled();
  assert.equal(bench.end, undefined);
  second.exit(1);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t2"), ["STARTING", "RUNNING", "FAILED"]);
  assert.equal(bench.outputs.get("t1")?.texts.stdout, "first");
  assert.equal(bench.outputs.get("t2")?.texts.stdout, "second");
  assert.deepEqual(bench.engine.containers, []);
});

test("a task that is refused does not take the place of the first output", async () => {
  const bench = new ExecutorBench();
  const first = await bench.run("t1");
  bench.agent.launch("t2", { check: {} });
  const third = await bench.run("t3");
  assert.deepEqual(
    bench.orders.map(([, order]) => order),
    [0, 1],
  );
  first.exit(0);
  third.exit(0);
  assert.deepEqual(await bench.ended(), done);
});

test("a repeated LAUNCH of a task changes nothing (case 61)", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1");
  bench.agent.launch("t1");
  await settled();
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING"]);
  assert.equal(bench.engine.callsOf("createContainer").length, 1);
  container.exit(0);
  assert.deepEqual(await bench.ended(), done);
});

test("a LAUNCH before SUBSCRIBED is answered", async () => {
  const bench = new ExecutorBench({ subscription: "none" });
  bench.agent.launch("t1");
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "FAILED"]);
});

test("a message of the framework that nobody understands is answered, and its words are not repeated (case 80)", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  bench.agent.tell({ kind: "message", data: new TextEncoder().encode("s3cret") });
  await until(() => bench.agent.messages.length > 0, "an answer comes");
  const error = "Cannot read the message: it is no JSON in UTF-8";
  assert.deepEqual(bench.agent.messages, [{ mesosDocker: 1, error }]);
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING"]);
});

test("a message of the framework is done and answered", async () => {
  const bench = new ExecutorBench();
  const { id } = await bench.run("t1");
  const message = { mesosDocker: 1, signal: { task: "t1", name: "HUP" } };
  bench.agent.tell({ kind: "message", data: new TextEncoder().encode(JSON.stringify(message)) });
  await until(() => bench.agent.messages.length > 0, "an answer comes");
  assert.deepEqual(bench.agent.messages, [{ mesosDocker: 1, reply: { signal: { task: "t1", name: "SIGHUP" } } }]);
  assert.deepEqual(
    bench.engine.callsOf("killContainer").map(({ subject, options }) => [subject, options]),
    [[id, { killSignal: "SIGHUP" }]],
  );
});

test("a task whose output cannot be opened fails alone", async () => {
  const bench = new ExecutorBench();
  const first = await bench.run("t1");
  bench.openOutput = () => Promise.reject(new TaskError("launch", "Cannot open the output: ENOSPC"));
  bench.agent.launch("t2");
  await bench.reported("t2", "FAILED");
  assert.deepEqual(bench.agent.statesOf("t2"), ["STARTING", "FAILED"]);
  assert.equal(first.status, "running");
  first.exit(0);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.engine.containers, []);
});

test("a task goes on while the agent is away for a while", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1");
  bench.agent.disconnect();
  await settled();
  assert.equal(container.status, "running");
  bench.agent.subscribe();
  container.exit(0);
  assert.deepEqual(await bench.ended(), done);
});
