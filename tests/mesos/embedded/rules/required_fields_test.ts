import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { findMissingField } from "../../../../src/mesos/embedded/rules/required_fields.ts";
import { decodeCall } from "../../../../src/mesos/protocol.ts";
import { readCalls, toBytes } from "../recording.ts";

/** Messages by hand: our encoder refuses to write what is looked for here. */
function field(number: number, value: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([Uint8Array.of((number << 3) | 2, bytes.length), bytes]);
}

function varint(number: number, value: number): Uint8Array {
  return Uint8Array.of(number << 3, value);
}

const id = (text: string) => field(1, text);
const head = Buffer.concat([field(1, id("ex")), field(2, id("fw")), varint(3, 2)]);
const state = varint(2, 1);
const taskId = field(1, id("t"));

function missing(...parts: Uint8Array[]): string | undefined {
  return findMissingField(decodeCall(Uint8Array.from(Buffer.concat(parts))));
}

function missingInStatus(...parts: Uint8Array[]): string | undefined {
  return missing(head, field(5, field(1, Buffer.concat(parts))));
}

test("findMissingField() finds nothing in recorded calls", () => {
  for (const scenario of ["launch", "group", "restart", "jwt"]) {
    for (const call of readCalls(scenario).filter(({ bytes }) => bytes !== undefined)) {
      assert.equal(findMissingField(decodeCall(toBytes(call))), undefined);
    }
  }
});

test("findMissingField() names what libprotobuf would miss", () => {
  assert.equal(missing(field(2, id("fw")), varint(3, 4)), "executor_id");
  assert.equal(missing(field(1, id("ex")), varint(3, 4)), "framework_id");
  assert.equal(missing(field(1, ""), field(2, id("fw"))), "executor_id.value");
  assert.equal(missing(field(1, id("ex")), field(2, "")), "framework_id.value");
  assert.equal(missing(head, field(5, "")), "update.status");
  assert.equal(missing(head, field(6, "")), "message.data");
  assert.equal(missing(head, field(4, field(2, ""))), "subscribe.unacknowledged_updates.status");
  assert.equal(missing(head, field(4, field(1, ""))), "subscribe.unacknowledged_tasks.name");
  const named = field(1, "name");
  assert.equal(missing(head, field(4, field(1, named))), "subscribe.unacknowledged_tasks.task_id");
  const identified = Buffer.concat([named, field(2, id("t"))]);
  assert.equal(missing(head, field(4, field(1, identified))), "subscribe.unacknowledged_tasks.agent_id");
});

test("findMissingField() looks into statuses", () => {
  assert.equal(missingInStatus(taskId, state), undefined);
  assert.equal(missingInStatus(state), "update.status.task_id");
  assert.equal(missingInStatus(taskId), "update.status.state");
  assert.equal(missingInStatus(field(1, ""), state), "update.status.task_id.value");
  assert.equal(missingInStatus(taskId, state, field(5, "")), "update.status.agent_id.value");
  assert.equal(missingInStatus(taskId, state, field(7, "")), "update.status.executor_id.value");
  assert.equal(missingInStatus(taskId, state, field(12, field(1, ""))), "update.status.labels.key");
  const container = (part: Uint8Array) => missingInStatus(taskId, state, field(13, part));
  assert.equal(container(field(4, "")), "update.status.container_status.container_id.value");
  const network = "update.status.container_status.network_infos";
  assert.equal(container(field(1, field(4, field(1, "")))), `${network}.labels.key`);
  assert.equal(container(field(1, field(7, varint(2, 80)))), `${network}.port_mappings.host_port`);
  assert.equal(container(field(1, field(7, varint(1, 80)))), `${network}.port_mappings.container_port`);
  // Field 16 needs a tag of two bytes.
  const limitation = Buffer.concat([Uint8Array.of(0x82, 0x01, 2), field(1, "")]);
  assert.equal(missingInStatus(taskId, state, limitation), "update.status.limitation.resources");
});
