import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEvent, Event_Type, encodeEvent, type TaskInfo, TaskState } from "../../src/mesos/protocol.ts";
import { type SentStatus, Unacknowledged } from "../../src/mesos/unacknowledged.ts";
import { createUuid } from "../../src/mesos/uuid.ts";

function task(id: string): TaskInfo {
  const init = { name: id, taskId: { value: id }, agentId: { value: "agent-1" } };
  const event = decodeEvent(encodeEvent({ type: Event_Type.LAUNCH, launch: { task: init } }));
  assert.ok(event.launch?.task);
  return event.launch.task;
}

function sent(taskId: string, state: TaskState = TaskState.TASK_RUNNING): SentStatus {
  const uuid = createUuid();
  return { taskId, uuid, status: { taskId: { value: taskId }, state, uuid } };
}

test("Unacknowledged is empty at first", () => {
  const owed = new Unacknowledged();
  assert.deepEqual([owed.isEmpty, owed.updates, owed.tasks], [true, [], []]);
});

test("Unacknowledged keeps updates of all tasks in the order in which they were made", () => {
  const owed = new Unacknowledged();
  const updates = [sent("a"), sent("b"), sent("a"), sent("a"), sent("b")];
  for (const update of updates) owed.addUpdate(update);
  assert.deepEqual(owed.updates, updates);
  assert.equal(owed.isEmpty, false);
});

test("Unacknowledged.acknowledge() takes away the update that has the uuid, whatever order they come in", () => {
  const owed = new Unacknowledged();
  const [first, second, third] = [sent("a"), sent("a"), sent("a")];
  for (const update of [first, second, third]) owed.addUpdate(update);
  assert.equal(owed.acknowledge(second.uuid), second);
  assert.deepEqual(owed.updates, [first, third]);
  assert.equal(owed.acknowledge(first.uuid.slice()), first);
  assert.equal(owed.acknowledge(third.uuid), third);
  assert.equal(owed.isEmpty, true);
});

test("Unacknowledged.acknowledge() ignores a second acknowledgement, a foreign uuid, and no uuid at all", () => {
  const owed = new Unacknowledged();
  const [first, second] = [sent("a"), sent("b")];
  owed.addUpdate(first);
  owed.addUpdate(second);
  assert.equal(owed.acknowledge(first.uuid), first);
  assert.equal(owed.acknowledge(first.uuid), undefined);
  assert.equal(owed.acknowledge(createUuid()), undefined);
  assert.equal(owed.acknowledge(new Uint8Array()), undefined);
  assert.deepEqual(owed.updates, [second]);
});

test("Unacknowledged keeps a task until any of its updates is acknowledged", () => {
  const owed = new Unacknowledged();
  const [a, b] = [task("a"), task("b")];
  owed.addTask(a);
  owed.addTask(b);
  const [starting, running] = [sent("a", TaskState.TASK_STARTING), sent("a")];
  owed.addUpdate(starting);
  owed.addUpdate(running);
  assert.deepEqual(owed.tasks, [a, b]);
  owed.acknowledge(running.uuid);
  assert.deepEqual(owed.tasks, [b]);
  assert.deepEqual(owed.updates, [starting]);
  assert.equal(owed.isEmpty, false);
});
