import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { parseCall } from "../../../../src/mesos/embedded/http/parse_call.ts";
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

function isRefused(...parts: Uint8Array[]): boolean {
  return parseCall(Buffer.concat(parts)) === undefined;
}

function isRefusedStatus(...parts: Uint8Array[]): boolean {
  return isRefused(head, field(5, field(1, Buffer.concat(parts))));
}

test("parseCall() gives recorded calls unchanged", () => {
  for (const scenario of ["launch", "group", "restart", "jwt"]) {
    for (const call of readCalls(scenario).filter(({ bytes }) => bytes !== undefined)) {
      assert.deepEqual(parseCall(toBytes(call)), decodeCall(toBytes(call)));
    }
  }
});

test("parseCall() refuses what is no protobuf", () => {
  for (const text of ["garbage", "\x0a\x50", "{}", "\xff"]) {
    assert.equal(parseCall(Buffer.from(text, "latin1")), undefined, text);
  }
});

test("parseCall() refuses calls that lack a required field", () => {
  const ids = [field(1, id("ex")), field(2, id("fw"))] as const;
  assert.equal(isRefused(...ids), false);
  assert.ok(isRefused(), "an empty body lacks the ids");
  assert.ok(isRefused(ids[0]), "framework_id");
  assert.ok(isRefused(ids[1]), "executor_id");
  assert.ok(isRefused(field(1, ""), ids[1]), "executor_id.value");
  assert.ok(isRefused(head, field(5, "")), "update.status");
  assert.ok(isRefused(head, field(6, "")), "message.data");
  assert.ok(isRefused(head, field(4, field(2, ""))), "subscribe.unacknowledged_updates.status");
  const task = [field(1, "name"), field(2, id("t")), field(3, id("a"))] as const;
  assert.equal(isRefused(head, field(4, field(1, Buffer.concat(task)))), false);
  for (const [index, name] of ["name", "task_id", "agent_id"].entries()) {
    const rest = Buffer.concat(task.toSpliced(index, 1));
    assert.ok(isRefused(head, field(4, field(1, rest))), `subscribe.unacknowledged_tasks.${name}`);
  }
});

test("parseCall() looks into statuses to their depth", () => {
  assert.equal(isRefusedStatus(taskId, state), false);
  assert.ok(isRefusedStatus(state), "task_id");
  assert.ok(isRefusedStatus(taskId), "state");
  assert.ok(isRefusedStatus(taskId, varint(2, 99)), "a state that is not known is none");
  assert.ok(isRefusedStatus(taskId, state, field(5, "")), "agent_id.value");
  assert.ok(isRefusedStatus(taskId, state, field(12, field(1, ""))), "labels.key");
  assert.ok(isRefusedStatus(taskId, state, field(13, field(4, ""))), "container_status.container_id.value");
  const mapping = field(1, field(7, varint(1, 80)));
  assert.ok(isRefusedStatus(taskId, state, field(13, mapping)), "network_infos.port_mappings.container_port");
  assert.ok(isRefusedStatus(taskId, state, field(14, "")), "unreachable_time.nanoseconds");
});
