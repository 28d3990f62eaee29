import assert from "node:assert/strict";
import { test } from "node:test";
import { formatState, isTerminal, toExitCode } from "../../src/cluster/task_end.ts";
import { Call_Type, decodeCall, encodeCall, type StatusInit, TaskState } from "../../src/mesos/protocol.ts";

function status(init: Partial<StatusInit>) {
  const ids = { executorId: { value: "e" }, frameworkId: { value: "f" } };
  const call = encodeCall({
    ...ids,
    type: Call_Type.UPDATE,
    update: { status: { taskId: { value: "t" }, state: 0, ...init } },
  });
  const decoded = decodeCall(call).update?.status;
  assert.ok(decoded);
  return decoded;
}

test("toExitCode() takes the label before the state", () => {
  const labels = { labels: [{ key: "exit_code", value: "7" }] };
  assert.equal(toExitCode(status({ state: TaskState.TASK_FAILED, labels })), 7);
  assert.equal(toExitCode(status({ state: TaskState.TASK_KILLED, labels })), 7);
});

test("toExitCode() is 0 for TASK_FINISHED alone when there is no label", () => {
  assert.equal(toExitCode(status({ state: TaskState.TASK_FINISHED })), 0);
  for (const state of [TaskState.TASK_FAILED, TaskState.TASK_KILLED, TaskState.TASK_ERROR]) {
    assert.equal(toExitCode(status({ state })), 1);
  }
});

test("isTerminal() knows the states that nothing follows", () => {
  const open = [TaskState.TASK_STAGING, TaskState.TASK_STARTING, TaskState.TASK_RUNNING, TaskState.TASK_KILLING];
  for (const state of open) assert.equal(isTerminal(status({ state })), false, formatState(state));
  assert.equal(isTerminal(status({ state: TaskState.TASK_KILLED })), true);
});

test("formatState() gives Mesos' own names", () => {
  assert.equal(formatState(TaskState.TASK_RUNNING), "TASK_RUNNING");
  assert.equal(formatState(TaskState.TASK_STARTING), "TASK_STARTING");
});
