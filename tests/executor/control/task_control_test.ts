import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { createTaskControl } from "../../../src/executor/control/task_control.ts";
import type { TaskWork } from "../../../src/executor/crew.ts";
import type { TaskPhase, TaskState } from "../../../src/executor/task/task_state.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { createSpec } from "../task_specimen.ts";

async function openBench(...phases: TaskPhase["kind"][]) {
  const engine = new FakeEngine({ images: ["busybox"] });
  const { id: containerId } = await engine.createContainer({ name: "one", body: { Image: "busybox" } });
  const spec = createSpec();
  const tasks = new Map<string, TaskState>(
    phases.map((kind) => [kind, { spec, phase: { kind, containerId } as TaskPhase }]),
  );
  const work = new Map<string, TaskWork>();
  const workOf = (taskId: string) => work.get(taskId);
  const control = createTaskControl({ view: { tasks: () => tasks, workOf }, engine, clock: new FakeClock() });
  return { engine, containerId, tasks, work, control };
}

test("listTasks() tells each task's phase, and its container while it has one", async () => {
  const { control, containerId } = await openBench("running", "collecting");
  assert.deepEqual(control.listTasks(), [
    { task: "running", phase: "running", containerId },
    { task: "collecting", phase: "collecting", containerId },
  ]);
});

for (const phase of ["running", "stopping"] as const) {
  test(`signalTask() signals a task that is ${phase}`, async () => {
    const { engine, control, containerId } = await openBench(phase);
    await control.signalTask(phase, "SIGHUP");
    assert.deepEqual(
      engine.callsOf("killContainer").map(({ subject }) => subject),
      [containerId],
    );
  });
}

for (const phase of ["preparing", "starting", "collecting", "removing", "ended"] as const) {
  test(`signalTask() refuses a task that is ${phase}`, async () => {
    const { engine, control } = await openBench(phase);
    await assert.rejects(control.signalTask(phase, "SIGHUP"), {
      message: `Cannot send a signal to task "${phase}": its phase is ${phase}`,
    });
    assert.equal(engine.callsOf("killContainer").length, 0);
  });
}

test("signalTask() refuses a task that nobody knows", async () => {
  const { control } = await openBench();
  await assert.rejects(control.signalTask("t9", "SIGHUP"), { message: /there is none of that id/ });
});

const ownProcess = { pid: process.pid, startTime: "1" };

test("measureTask() reads the processes of a running task's container", async () => {
  const { control, work } = await openBench("running");
  work.set("running", { process: ownProcess, pull: undefined });
  assert.equal(control.measureTask("running").timestamp, new FakeClock().now() / 1000);
});

test("measureTask() says when nobody knows the processes", async () => {
  const { control } = await openBench("running");
  const message = 'Cannot measure task "running": the processes of its container are not known here';
  assert.throws(() => control.measureTask("running"), { message });
});

test("measureTask() says when the container has ended meanwhile", async () => {
  const { control, work } = await openBench("running");
  work.set("running", { process: { pid: 2 ** 30, startTime: "1" }, pull: undefined });
  assert.throws(() => control.measureTask("running"), {
    message: 'Cannot measure task "running": its container has ended',
  });
});

test("measureTask() refuses a task that has no running container", async () => {
  const { control } = await openBench("preparing");
  assert.throws(() => control.measureTask("preparing"), {
    message: 'Cannot measure task "preparing": its phase is preparing',
  });
  assert.throws(() => control.measureTask("t9"), { message: /there is none of that id/ });
});

test("followPull() tells of the pull with the task's phase", async () => {
  const { control, work } = await openBench("preparing");
  const pull = { image: "busybox", layers: [{ id: "l1", status: "Waiting" }] };
  work.set("preparing", { process: undefined, pull });
  assert.deepEqual(control.followPull("preparing"), { phase: "preparing", ...pull });
});

test("followPull() says when nothing was pulled", async () => {
  const { control } = await openBench("running");
  assert.throws(() => control.followPull("running"), { message: /nothing had to be pulled for it, or it has ended/ });
  assert.throws(() => control.followPull("t9"), { message: /there is none of that id/ });
});
