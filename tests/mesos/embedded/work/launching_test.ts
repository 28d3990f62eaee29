import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { EmbeddedAgentError, type EmbeddedAgentErrorCode, type TaskInit } from "../../../../src/mesos/embedded/mod.ts";
import { Event_Type, ExecutorInfo_Type, TaskState, TaskStatus_Reason } from "../../../../src/mesos/protocol.ts";
import { type Bench, openBench, toExecutor } from "../bench.ts";

function refusal(code: EmbeddedAgentErrorCode, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof EmbeddedAgentError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

function toTask(bench: Bench, extra: TaskInit): TaskInit {
  const resources = bench.agent.allocate({ cpus: 0.1, mem: 32, disk: 1 });
  return { name: "t", taskId: { value: "t" }, resources, executor: toExecutor("ex"), ...(extra as object) };
}

test("launchTask() refuses what a master would", async () => {
  await using bench = await openBench();
  const { agent, frameworkId } = bench;
  const refused = (extra: TaskInit, code: EmbeddedAgentErrorCode, message: RegExp) =>
    assert.throws(() => agent.launch(frameworkId, toTask(bench, extra)), refusal(code, message));
  refused({ executor: undefined }, "invalid", /^Cannot launch task "t": it has neither command nor executor$/);
  refused({ command: { value: "x" } }, "invalid", /it has both command and executor/);
  refused({ executor: undefined, command: { value: "x" } }, "unsupported", /no command executor/);
  refused({ agentId: { value: "other" } }, "invalid", /its agent_id is "other", expected/);
  refused({ name: undefined } as unknown as TaskInit, "invalid", /name/);
  refused({ resources: [] }, "invalid", /it uses no resources/);
  refused({ executor: toExecutor("ex", { type: ExecutorInfo_Type.DEFAULT }) }, "unsupported", /type DEFAULT/);
  refused({ executor: toExecutor("ex", { container: { type: 2, linuxInfo: {} } }) }, "unsupported", /run on the host/);
  assert.throws(() => agent.launch("none", toTask(bench, {})), refusal("unknown", /Cannot find framework "none"/));
  assert.equal(bench.containerizer.containers.length, 0);
});

test("launchTask() refuses more than was allocated", async () => {
  await using bench = await openBench();
  const resources = [{ name: "cpus", type: 0 as const, scalar: { value: 1 } }];
  const launch = () => bench.agent.launch(bench.frameworkId, toTask(bench, { resources }));
  assert.throws(launch, refusal("resources", /^Cannot launch task "t": it takes 1.1 cpus, 0.1 allocated$/));
});

test("launchTask() refuses a second executor of the same id that differs", async () => {
  await using bench = await openBench();
  bench.launch("one");
  const other = () => bench.launch("two", { executor: { name: "renamed" } });
  assert.throws(other, refusal("invalid", /differs from that of the running executor "ex"/));
  bench.launch("three");
  assert.equal((await bench.containerizer.container()).spec.command.value, "exec true");
});

test("launchTask() refuses the id of a task that is not over", async () => {
  await using bench = await openBench();
  bench.launch("one");
  assert.throws(() => bench.launch("one"), refusal("invalid", /its task id "one" is in use/));
});

test("launchTask() counts the executor's resources once", async () => {
  const resources = { cpus: 0.3, mem: 96, disk: 3, ports: [] };
  await using bench = await openBench({ resources });
  bench.launch("one");
  bench.launch("two");
  assert.throws(() => bench.agent.allocate({ cpus: 0.1, mem: 0 }), refusal("resources", /0 free/));
});

test("launchTask() keeps what it was given: the caller's objects may change", async () => {
  await using bench = await openBench();
  const task = toTask(bench, { labels: { labels: [{ key: "a", value: "b" }] } });
  bench.agent.allocate({ cpus: 0.1, mem: 32, disk: 1 });
  bench.agent.launch(bench.frameworkId, task);
  task.name = "changed";
  const stream = await bench.raw().subscribe();
  const [, event] = await stream.take(2);
  assert.equal(event?.launch?.task?.name, "t");
  assert.equal(event?.launch?.task?.executor?.frameworkId?.value, bench.frameworkId);
});

test("launchTaskGroup() delivers a group in one event, with the executor in each task", async () => {
  await using bench = await openBench();
  const { agent, frameworkId } = bench;
  const executor = toExecutor("ex", { type: ExecutorInfo_Type.CUSTOM });
  agent.allocate({ cpus: 0.1, mem: 32, disk: 1 });
  const member = (id: string) => {
    const { executor: _, ...task } = toTask(bench, { taskId: { value: id } });
    return task as TaskInit;
  };
  agent.launchGroup(frameworkId, executor, [member("one"), { ...(member("two") as object), executor }]);
  const stream = await bench.raw().subscribe();
  const [, event] = await stream.take(2);
  assert.equal(event?.type, Event_Type.LAUNCH_GROUP);
  const tasks = event.launchGroup?.taskGroup?.tasks ?? [];
  assert.deepEqual(
    tasks.map((task) => [task.taskId?.value, task.executor?.executorId?.value]),
    [
      ["one", "ex"],
      ["two", "ex"],
    ],
  );
});

test("launchTaskGroup() refuses what a master would", async () => {
  await using bench = await openBench();
  const { agent, frameworkId } = bench;
  const executor = toExecutor("ex", { type: ExecutorInfo_Type.CUSTOM });
  const refused = (tasks: TaskInit[], message: RegExp) =>
    assert.throws(() => agent.launchGroup(frameworkId, executor, tasks), refusal("invalid", message));
  refused([], /^Cannot launch task group of executor "ex": it has no tasks$/);
  refused([toTask(bench, {})], /its task "t" names another executor/);
  const same = () => toTask(bench, { executor });
  refused([same(), same()], /its task id "t" is in use/);
});

test("registerFramework() gives ids and refuses those in use", async () => {
  await using bench = await openBench();
  const { agent, frameworkId } = bench;
  assert.match(frameworkId, /^[0-9a-f-]{36}-0000$/);
  assert.match(agent.registerFramework({ name: "second" }), /^[0-9a-f-]{36}-0001$/);
  assert.equal(agent.registerFramework({ name: "third", id: { value: "own" } }), "own");
  const again = () => agent.registerFramework({ name: "third", id: { value: "own" } });
  assert.throws(again, refusal("invalid", /^Cannot register framework "third": its id is in use$/));
  const slash = () => agent.registerFramework({ name: "fourth", id: { value: "a/b" } });
  assert.throws(slash, refusal("invalid", /its id contains a slash/));
  assert.throws(() => agent.registerFramework({}), refusal("invalid", /name/));
});

test("launchTask() has persistent volumes in the sandbox before its executor hears of the task", async () => {
  await using bench = await openBench();
  const { agent, frameworkId } = bench;
  const role = "db";
  const own = (cpus: number) => agent.allocate({ cpus, mem: 32, disk: 1, role });
  const executor = toExecutor("ex", { resources: own(0.1) });
  const launch = (taskId: string, containerPath: string) => {
    const volumes = [{ id: taskId, size: 1, containerPath }];
    const resources = agent.allocate({ cpus: 0.1, mem: 32, role, volumes });
    agent.launch(frameworkId, { name: taskId, taskId: { value: taskId }, resources, executor });
  };
  launch("one", "data");
  const raw = bench.raw();
  const { sandbox } = (await bench.containerizer.container()).spec;
  const stream = await raw.subscribe();
  await stream.take(2);
  assert.equal(readlinkSync(join(sandbox, "data")), join(bench.workDir, "volumes", "roles", role, "one"));
  await raw.update("one", TaskState.TASK_FINISHED);
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_FINISHED);
  assert.deepEqual(readdirSync(sandbox), []);
  mkdirSync(join(sandbox, "data"));
  launch("two", "data");
  const { status } = await bench.report("update");
  assert.deepEqual([status.state, status.reason], [TaskState.TASK_GONE, TaskStatus_Reason.CONTAINER_UPDATE_FAILED]);
  assert.match(status.message, /^Failed to update resources for container: Cannot link persistent volume ".*two"/);
});
