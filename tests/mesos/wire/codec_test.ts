import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "@bufbuild/protobuf";
import { create, type DescMessage } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { messageFields } from "../../../proto/slim/fields_pb.ts";
import { CallSchema, EventSchema } from "../../../proto/slim/mesos/v1/executor/executor_pb.ts";
import {
  CommandInfoSchema,
  ContainerIDSchema,
  HealthCheck_HTTPCheckInfoSchema,
  TaskInfoSchema,
  TaskState,
  TaskStatusSchema,
  Volume_Source_CSIVolume_VolumeCapabilitySchema,
} from "../../../proto/slim/mesos/v1/mesos_pb.ts";
import { decodeMessage } from "../../../src/mesos/wire/decode.ts";
import { encodeMessage } from "../../../src/mesos/wire/encode.ts";
import { filledMessage } from "../../proto/filled_message.ts";
import { recordedEvents } from "../../proto/recorded_events.ts";

/** A message without its prototype, which holds defaults and is each codec's own. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.entries(value)
    .map(([name, part]) => [name, plain(part)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Both codecs must read the same. Returns what ours read. */
function assertAgree(schema: DescMessage, bytes: Uint8Array, note = `${schema}`): library.Message {
  const theirs = library.fromBinary(schema, bytes);
  const ours = decodeMessage(schema.typeName, bytes) as unknown as library.Message;
  assert.deepEqual(plain(ours), plain(theirs), note);
  return ours;
}

/** Every message that an executor's Call or Event reaches. */
function reachedSchemas(): DescMessage[] {
  const reached = new Map<string, DescMessage>();
  const visit = (schema: DescMessage): void => {
    if (reached.has(schema.typeName)) return;
    reached.set(schema.typeName, schema);
    for (const field of schema.fields) if (field.message) visit(field.message);
  };
  visit(CallSchema);
  visit(EventSchema);
  return [...reached.values()];
}

test("the tables hold every message that a Call or an Event reaches, and no other", () => {
  const names = reachedSchemas().map(({ typeName }) => typeName);
  assert.ok(names.length > 100, `only ${names.length} messages`);
  assert.deepEqual(Object.keys(messageFields).sort(), names.sort());
});

test("decodeMessage() and encodeMessage() agree with the library on every message with every field set", () => {
  for (const schema of reachedSchemas()) {
    const message = filledMessage(schema);
    const bytes = library.toBinary(schema, message);
    assert.deepEqual(encodeMessage(schema.typeName, message), bytes, `${schema}`);
    assert.deepEqual(encodeMessage(schema.typeName, assertAgree(schema, bytes)), bytes, `${schema}`);
  }
});

test("unset fields read as the library's defaults", () => {
  for (const schema of reachedSchemas()) {
    const theirs = create(schema) as unknown as Record<string, unknown>;
    const ours = decodeMessage(schema.typeName, new Uint8Array());
    for (const { localName, oneof } of schema.fields) {
      const name = oneof?.localName ?? localName;
      assert.deepEqual(ours[name], theirs[name], `${schema}.${name}`);
    }
  }
  assert.equal(decodeMessage(CommandInfoSchema.typeName, new Uint8Array()).shell, true);
});

test("recorded events are read as the library reads them and written byte for byte", () => {
  const events = recordedEvents();
  assert.ok(events.size > 20, `only ${events.size} recorded events`);
  for (const [name, bytes] of events) {
    assert.deepEqual(encodeMessage(EventSchema.typeName, assertAgree(EventSchema, bytes, name)), bytes, name);
  }
});

test("decodeMessage() refuses a cut event exactly where the library does", () => {
  for (const [name, bytes] of recordedEvents()) {
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      let theirs: unknown = "error";
      try {
        theirs = library.fromBinary(EventSchema, cut);
      } catch {
        assert.throws(() => decodeMessage(EventSchema.typeName, cut), `${name} cut to ${length}`);
        continue;
      }
      assert.deepEqual(plain(decodeMessage(EventSchema.typeName, cut)), plain(theirs), `${name} cut to ${length}`);
    }
  }
});

/** Fields that no schema has, one of each wire type. */
function addUnknownFields(writer: BinaryWriter): void {
  writer.tag(9001, WireType.Varint).uint32(300);
  writer.tag(9002, WireType.Bit64).double(1.5);
  writer.tag(9003, WireType.LengthDelimited).string("later");
  writer.tag(9004, WireType.StartGroup).tag(1, WireType.Varint).uint32(7).tag(9004, WireType.EndGroup);
  writer.tag(9005, WireType.Bit32).float(0.5);
}

test("unknown fields survive a round trip, at the top and inside", () => {
  const status = create(TaskStatusSchema, { taskId: { value: "t" }, state: TaskState.TASK_RUNNING });
  const inner = new BinaryWriter().raw(library.toBinary(TaskStatusSchema, status));
  addUnknownFields(inner);
  const writer = new BinaryWriter();
  for (const no of [1, 2])
    writer.tag(no, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string("x").join();
  writer.tag(5, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).bytes(inner.finish()).join();
  addUnknownFields(writer);
  const bytes = writer.finish();
  const call = assertAgree(CallSchema, bytes) as library.MessageShape<typeof CallSchema>;
  assert.equal(call.$unknown?.length, 5);
  assert.equal(call.update?.status?.$unknown?.length, 5);
  assert.deepEqual(encodeMessage(CallSchema.typeName, call), bytes);
});

test("a number without a name in a closed enum survives as an unknown field", () => {
  const status = create(TaskStatusSchema, { taskId: { value: "t" }, state: TaskState.TASK_RUNNING });
  for (const number of [99, -1]) {
    const bytes = new BinaryWriter()
      .raw(library.toBinary(TaskStatusSchema, status))
      .tag(10, WireType.Varint)
      .int32(number)
      .finish();
    const read = assertAgree(TaskStatusSchema, bytes);
    assert.equal(Object.hasOwn(read, "reason"), false);
    assert.deepEqual(encodeMessage(TaskStatusSchema.typeName, read), bytes);
  }
});

test("a task whose required enum has a value of a later Mesos is passed on as it came", () => {
  // ContainerInfo.type is required; 7 is no type that we know, and the library refuses to write such a task again.
  const task = create(TaskInfoSchema, { name: "n", taskId: { value: "t" }, agentId: { value: "a" } });
  const writer = new BinaryWriter().raw(library.toBinary(TaskInfoSchema, task));
  writer.tag(9, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int32(7).join();
  const bytes = writer.finish();
  assert.throws(() => library.toBinary(TaskInfoSchema, library.fromBinary(TaskInfoSchema, bytes)));
  const ids = { executorId: { value: "e" }, frameworkId: { value: "f" } };
  const read = decodeMessage(TaskInfoSchema.typeName, bytes);
  const call = encodeMessage(CallSchema.typeName, { ...ids, type: 1, subscribe: { unacknowledgedTasks: [read] } });
  assert.ok(indexOfBytes(call, bytes) > 0);
});

function indexOfBytes(whole: Uint8Array, part: Uint8Array): number {
  return Array.from(whole, (_, at) => at).findIndex((at) => part.every((byte, index) => whole[at + index] === byte));
}

test("decodeMessage() reads packed numbers, merges a repeated message and keeps the last of a oneof", () => {
  const packed = new BinaryWriter().tag(1, WireType.Varint).uint32(80);
  packed.tag(4, WireType.LengthDelimited).fork().uint32(200).uint32(404).join().tag(4, WireType.Varint).uint32(500);
  const check = assertAgree(HealthCheck_HTTPCheckInfoSchema, packed.finish());
  assert.deepEqual((check as unknown as { statuses: number[] }).statuses, [200, 404, 500]);

  const twice = new BinaryWriter();
  for (const name of ["first", "second"]) {
    twice.tag(4, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
    twice
      .tag(name === "first" ? 1 : 6, WireType.LengthDelimited)
      .string(name)
      .join()
      .join();
  }
  const event = assertAgree(EventSchema, twice.finish()) as library.MessageShape<typeof EventSchema>;
  assert.equal(event.launch?.task?.name, "first");
  assert.equal(new TextDecoder().decode(event.launch?.task?.data), "second");

  const both = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(new Uint8Array());
  both.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string("ext4").join();
  both.tag(2, WireType.LengthDelimited).fork().tag(2, WireType.LengthDelimited).string("ro").join();
  assertAgree(Volume_Source_CSIVolume_VolumeCapabilitySchema, both.finish());
});

test("a task that came in two parts is written from its fields, not from one part's bytes", () => {
  const part = (no: number, text: string) => new BinaryWriter().tag(no, WireType.LengthDelimited).string(text).finish();
  const id = (no: number) => new BinaryWriter().tag(no, WireType.LengthDelimited).bytes(part(1, "x")).finish();
  const twice = new BinaryWriter();
  for (const parts of [[part(1, "name"), id(2)], [id(3)]]) {
    const task = parts.reduce((writer, bytes) => writer.raw(bytes), new BinaryWriter()).finish();
    twice.tag(4, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).bytes(task).join();
  }
  const event = decodeMessage(EventSchema.typeName, twice.finish()) as unknown as library.MessageShape<
    typeof EventSchema
  >;
  const task = encodeMessage(TaskInfoSchema.typeName, event.launch!.task!);
  assert.deepEqual(task, new BinaryWriter().raw(part(1, "name")).raw(id(2)).raw(id(3)).finish());
});

test("decodeMessage() reads map entries without key, without value, with other fields", () => {
  const resources = new BinaryWriter();
  const entry = (write: (writer: BinaryWriter) => void): void => {
    resources.tag(15, WireType.LengthDelimited).fork();
    write(resources);
    resources.join();
  };
  const scalar = (writer: BinaryWriter, cpus: number): BinaryWriter =>
    writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.Bit64).double(cpus).join();
  entry((writer) => scalar(writer, 1));
  entry((writer) => writer.tag(1, WireType.LengthDelimited).string("mem"));
  entry((writer) =>
    scalar(writer.tag(3, WireType.Varint).uint32(1).tag(1, WireType.LengthDelimited).string("cpus"), 2),
  );
  entry((writer) => scalar(writer.tag(1, WireType.LengthDelimited).string("__proto__"), 3));
  const task = assertAgree(TaskInfoSchema, resources.finish()) as library.MessageShape<typeof TaskInfoSchema>;
  assert.deepEqual(Object.keys(task.limits), ["", "mem", "cpus", "__proto__"]);
});

test("encodeMessage() names the innermost field that is unset or does not fit", () => {
  const call = { type: 1, executorId: { value: "e" } };
  assert.throws(() => encodeMessage(CallSchema.typeName, call), {
    name: "TypeError",
    message: "Cannot write mesos.v1.executor.Call.frameworkId: found no value for a required field",
  });
  const inside = { ...call, frameworkId: {} };
  assert.throws(() => encodeMessage(CallSchema.typeName, inside), /Cannot write mesos\.v1\.FrameworkID\.value: /);
  assert.throws(
    () => encodeMessage("mesos.v1.DurationInfo", { nanoseconds: 2n ** 64n }),
    /DurationInfo\.nanoseconds: /,
  );
});

test("decodeMessage() reads a hundred messages in one another and refuses more", () => {
  const nested = (depth: number): Uint8Array => {
    let bytes: Uint8Array = new Uint8Array([10, 1, 120]);
    for (let i = 1; i < depth; i++) {
      const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string("x");
      bytes = writer.tag(2, WireType.LengthDelimited).bytes(bytes).finish();
    }
    return bytes;
  };
  assertAgree(ContainerIDSchema, nested(100));
  assert.throws(() => decodeMessage(ContainerIDSchema.typeName, nested(101)), /more than 100 messages in one another/);
});

test("decodeMessage() refuses a message that ends inside of a field", () => {
  // Event.launch claims 3 bytes; the task in it claims 4, which lie behind the end of launch.
  const bytes = new Uint8Array([34, 3, 10, 4, 10, 2, 120, 120]);
  assert.throws(() => decodeMessage(EventSchema.typeName, bytes));
});

test("a message that is not part of the executor API is refused by name", () => {
  assert.throws(() => decodeMessage("mesos.v1.Offer", new Uint8Array()), /Cannot find message "mesos\.v1\.Offer"/);
});
