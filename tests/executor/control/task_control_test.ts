import assert from "node:assert/strict";
import { test } from "node:test";
import { createTaskControl } from "../../../src/executor/control/task_control.ts";
import type { TaskPhase, TaskState } from "../../../src/executor/task/task_state.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { createSpec } from "../task_specimen.ts";

async function openBench(...phases: TaskPhase["kind"][]) {
  const engine = new FakeEngine({ images: ["busybox"] });
  const { id: containerId } = await engine.createContainer({ name: "one", body: { Image: "busybox" } });
  const spec = createSpec();
  const tasks = new Map<string, TaskState>(
    phases.map((kind) => [kind, { spec, phase: { kind, containerId } as TaskPhase }]),
  );
  return { engine, containerId, control: createTaskControl(() => tasks, engine) };
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
