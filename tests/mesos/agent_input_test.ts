import assert from "node:assert/strict";
import { test } from "node:test";
import { toAgentInput } from "../../src/mesos/agent_input.ts";
import { decodeEvent, Event_Type, type EventInit, encodeEvent } from "../../src/mesos/protocol.ts";

function inputOf(event: EventInit): ReturnType<typeof toAgentInput> {
  return toAgentInput(decodeEvent(encodeEvent(event)));
}

const task = { name: "web", taskId: { value: "web.1" }, agentId: { value: "agent-1" } };
const executorInfo = { executorId: { value: "executor-1" } };
const frameworkInfo = { user: "root", name: "marathon" };
const agentInfo = { hostname: "node-1" };

test("toAgentInput() gives SUBSCRIBED with the container id when the agent tells it", () => {
  const subscribed = { executorInfo, frameworkInfo, agentInfo };
  const told = inputOf({ type: Event_Type.SUBSCRIBED, subscribed: { ...subscribed, containerId: { value: "c-1" } } });
  assert.ok(told?.kind === "subscribed");
  assert.equal(told.containerId, "c-1");
  assert.equal(told.executorInfo.executorId?.value, "executor-1");
  assert.equal(told.frameworkInfo.name, "marathon");
  const untold = inputOf({ type: Event_Type.SUBSCRIBED, subscribed });
  assert.ok(untold?.kind === "subscribed");
  assert.equal("containerId" in untold, false);
});

test("toAgentInput() gives LAUNCH with its task", () => {
  const input = inputOf({ type: Event_Type.LAUNCH, launch: { task } });
  assert.ok(input?.kind === "launch");
  assert.deepEqual([input.taskId, input.task.name], ["web.1", "web"]);
});

test("toAgentInput() gives LAUNCH_GROUP with its tasks in order", () => {
  const tasks = [task, { ...task, taskId: { value: "web.2" } }];
  const input = inputOf({ type: Event_Type.LAUNCH_GROUP, launchGroup: { taskGroup: { tasks } } });
  assert.ok(input?.kind === "launch_group");
  assert.deepEqual(
    input.tasks.map(({ taskId }) => taskId?.value),
    ["web.1", "web.2"],
  );
});

test("toAgentInput() gives KILL with a policy only when there is one", () => {
  const taskId = { value: "web.1" };
  assert.deepEqual(inputOf({ type: Event_Type.KILL, kill: { taskId } }), { kind: "kill", taskId: "web.1" });
  const killPolicy = { gracePeriod: { nanoseconds: 2_500_000_000n } };
  const input = inputOf({ type: Event_Type.KILL, kill: { taskId, killPolicy } });
  assert.ok(input?.kind === "kill");
  assert.equal(input.killPolicy?.gracePeriod?.nanoseconds, 2_500_000_000n);
});

test("toAgentInput() gives MESSAGE, SHUTDOWN and ERROR", () => {
  const data = Uint8Array.of(0, 255);
  assert.deepEqual(inputOf({ type: Event_Type.MESSAGE, message: { data } }), { kind: "message", data });
  assert.deepEqual(inputOf({ type: Event_Type.SHUTDOWN }), { kind: "shutdown" });
  assert.deepEqual(inputOf({ type: Event_Type.ERROR, error: { message: "no" } }), { kind: "error", message: "no" });
});

test("toAgentInput() gives nothing for a heartbeat and for an unknown type", () => {
  assert.equal(inputOf({ type: Event_Type.HEARTBEAT }), undefined);
  // Field 1 (type), varint 99; then field 99 (unknown), 2 bytes.
  assert.equal(toAgentInput(decodeEvent(Uint8Array.of(0x08, 99))), undefined);
  assert.equal(toAgentInput(decodeEvent(Uint8Array.of(0x08, 99, 0x9a, 0x06, 2, 1, 2))), undefined);
  assert.equal(toAgentInput(decodeEvent(new Uint8Array())), undefined);
});

const { SUBSCRIBED, LAUNCH, LAUNCH_GROUP, KILL, ACKNOWLEDGED, MESSAGE, ERROR } = Event_Type;
for (const [name, type] of Object.entries({ SUBSCRIBED, LAUNCH, LAUNCH_GROUP, KILL, ACKNOWLEDGED, MESSAGE, ERROR })) {
  test(`toAgentInput() gives nothing for ${name} without its payload`, () => {
    assert.equal(toAgentInput(decodeEvent(Uint8Array.of(0x08, type))), undefined);
  });
}
