import assert from "node:assert/strict";
import { test } from "node:test";
import { findCallFault } from "../../../../src/mesos/embedded/rules/call_rules.ts";
import {
  Call_Type,
  type CallInit,
  CheckInfo_Type,
  decodeCall,
  encodeCall,
  type StatusInit,
  TaskState,
  TaskStatus_Source,
} from "../../../../src/mesos/protocol.ts";
import { createUuid } from "../../../../src/mesos/uuid.ts";

const ids = { executorId: { value: "ex" }, frameworkId: { value: "fw" } };
const good: StatusInit = {
  taskId: { value: "t" },
  state: TaskState.TASK_RUNNING,
  source: TaskStatus_Source.EXECUTOR,
  uuid: createUuid(),
};

function faultOf(call: CallInit): string | undefined {
  return findCallFault(decodeCall(encodeCall(call)));
}

function faultOfUpdate(status: StatusInit): string | undefined {
  return faultOf({ ...ids, type: Call_Type.UPDATE, update: { status: { ...good, ...status } } });
}

test("findCallFault() finds nothing wrong with proper calls", () => {
  assert.equal(faultOf({ ...ids, type: Call_Type.SUBSCRIBE, subscribe: {} }), undefined);
  assert.equal(faultOf({ ...ids, type: Call_Type.MESSAGE, message: { data: Uint8Array.of(1) } }), undefined);
  assert.equal(faultOf({ ...ids, type: Call_Type.HEARTBEAT }), undefined);
  assert.equal(faultOf({ ...ids, type: Call_Type.UNKNOWN }), undefined);
  assert.equal(faultOfUpdate({}), undefined);
  assert.equal(faultOfUpdate({ executorId: { value: "ex" } }), undefined);
  const checkStatus = { type: CheckInfo_Type.COMMAND, command: {} };
  assert.equal(faultOfUpdate({ checkStatus }), undefined);
});

test("findCallFault() tells the first fault in the agent's words", () => {
  assert.equal(faultOf(ids), "Expecting 'type' to be present");
  assert.equal(faultOf({ ...ids, type: Call_Type.SUBSCRIBE }), "Expecting 'subscribe' to be present");
  assert.equal(faultOf({ ...ids, type: Call_Type.UPDATE }), "Expecting 'update' to be present");
  assert.equal(faultOf({ ...ids, type: Call_Type.MESSAGE }), "Expecting 'message' to be present");
});

test("findCallFault() checks statuses in the agent's order", () => {
  const { uuid: _, ...withoutUuid } = good;
  const update = { ...ids, type: Call_Type.UPDATE, update: { status: withoutUuid } };
  assert.equal(faultOf(update), "Expecting 'uuid' to be present");
  assert.equal(faultOfUpdate({ uuid: new Uint8Array(16) }), "Not a valid UUID");
  assert.equal(faultOfUpdate({ uuid: new Uint8Array(15), state: TaskState.TASK_STAGING }), "Not a valid UUID");
  assert.equal(
    faultOfUpdate({ executorId: { value: "other" }, source: TaskStatus_Source.MASTER }),
    "ExecutorID in Call: ex does not match ExecutorID in TaskStatus: other",
  );
  assert.equal(
    faultOfUpdate({ source: TaskStatus_Source.AGENT, state: TaskState.TASK_STAGING }),
    "Received Call from executor ex of framework fw with invalid source, expecting 'SOURCE_EXECUTOR'",
  );
  assert.equal(
    faultOfUpdate({ state: TaskState.TASK_STAGING, checkStatus: {} }),
    "Received TASK_STAGING from executor ex of framework fw which is not allowed",
  );
  assert.equal(faultOfUpdate({ checkStatus: {} }), "CheckStatusInfo must specify 'type'");
  for (const [type, name] of [
    [CheckInfo_Type.COMMAND, "command"],
    [CheckInfo_Type.HTTP, "http"],
    [CheckInfo_Type.TCP, "tcp"],
  ] as const) {
    const fault = faultOfUpdate({ checkStatus: { type } });
    assert.equal(fault, `Expecting '${name}' to be set for ${name.toUpperCase()} check's status`);
  }
  const unknown = { type: CheckInfo_Type.UNKNOWN };
  assert.equal(faultOfUpdate({ checkStatus: unknown }), "'UNKNOWN' is not a valid check's status type");
});

test("findCallFault() takes the source that is absent for the default, SOURCE_MASTER", () => {
  const { source: _, ...withoutSource } = good;
  const fault = faultOf({ ...ids, type: Call_Type.UPDATE, update: { status: withoutSource } });
  assert.match(fault ?? "", /invalid source/);
});
