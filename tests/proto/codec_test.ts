import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "@bufbuild/protobuf";
import { create, type DescMessage } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { file_mesos_v1_mesos as fullMesosFile } from "../../proto/mesos/v1/mesos_pb.ts";
import { file_mesos_v1_scheduler_scheduler } from "../../proto/mesos/v1/scheduler/scheduler_pb.ts";
import { fromBinary } from "../../proto/slim/from_binary.ts";
import {
  Call_Type,
  CallSchema,
  EventSchema,
  file_mesos_v1_executor_executor,
} from "../../proto/slim/mesos/v1/executor/executor_pb.ts";
import {
  AgentInfoSchema,
  CommandInfoSchema,
  ContainerIDSchema,
  DurationInfoSchema,
  ExecutorInfoSchema,
  file_mesos_v1_mesos,
  HealthCheck_HTTPCheckInfoSchema,
  LabelSchema,
  TaskIDSchema,
  TaskInfoSchema,
  TaskState,
  TaskStatusSchema,
} from "../../proto/slim/mesos/v1/mesos_pb.ts";
import { toBinary } from "../../proto/slim/to_binary.ts";
import { messagesOf } from "./desc_facts.ts";
import { filledMessage } from "./filled_message.ts";
import { recordedEvents } from "./recorded_events.ts";

/** Both codecs must read the same. Returns what they read. */
function assertAgree(schema: DescMessage, bytes: Uint8Array, note = `${schema}`): library.Message {
  const theirs = library.fromBinary(schema, bytes);
  const ours = fromBinary(schema, bytes);
  assert.deepEqual(ours, theirs, note);
  return ours;
}

/** Bytes of a message with extra fields at its end. */
function withFields(schema: DescMessage, message: library.Message, add: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter().raw(library.toBinary(schema, message));
  add(writer);
  return writer.finish();
}

const schemas = [
  ...[file_mesos_v1_mesos, file_mesos_v1_executor_executor].flatMap(messagesOf),
  ...[fullMesosFile, file_mesos_v1_scheduler_scheduler].flatMap(messagesOf),
];

test("fromBinary() and toBinary() agree with the library on every message with every field set", () => {
  assert.ok(schemas.length > 300, `only ${schemas.length} messages`);
  for (const schema of schemas) {
    const message = filledMessage(schema);
    const bytes = library.toBinary(schema, message);
    assert.deepEqual(toBinary(schema, message), bytes, `${schema}`);
    assert.deepEqual(toBinary(schema, assertAgree(schema, bytes)), bytes, `${schema}`);
  }
});

test("fromBinary() and toBinary() keep recorded events byte for byte", () => {
  for (const [name, bytes] of recordedEvents()) {
    assert.deepEqual(toBinary(EventSchema, fromBinary(EventSchema, bytes)), bytes, name);
  }
});

test("fromBinary() refuses a cut event exactly where the library does", () => {
  for (const [name, bytes] of recordedEvents()) {
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      let theirs: unknown = "error";
      try {
        theirs = library.fromBinary(EventSchema, cut);
      } catch {
        assert.throws(() => fromBinary(EventSchema, cut), `${name} cut to ${length}`);
        continue;
      }
      assert.deepEqual(fromBinary(EventSchema, cut), theirs, `${name} cut to ${length}`);
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

test("unknown fields survive a round trip, at the top and inside, with both codecs", () => {
  const task = create(TaskInfoSchema, { name: "n", taskId: { value: "t" }, agentId: { value: "a" } });
  const inner = withFields(TaskInfoSchema, task, addUnknownFields);
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(2);
  writer.tag(4, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).bytes(inner).join();
  addUnknownFields(writer);
  const bytes = writer.finish();

  const event = assertAgree(EventSchema, bytes) as library.MessageShape<typeof EventSchema>;
  assert.equal(event.$unknown?.length, 5);
  assert.equal(event.launch?.task?.$unknown?.length, 5);
  assert.deepEqual(toBinary(EventSchema, event), bytes);
  assert.deepEqual(library.toBinary(EventSchema, event), bytes);
});

test("a number without a name in a closed enum survives as an unknown field", () => {
  const status = create(TaskStatusSchema, { taskId: { value: "t" }, state: TaskState.TASK_RUNNING });
  for (const number of [99, -1]) {
    const bytes = withFields(TaskStatusSchema, status, (writer) => writer.tag(10, WireType.Varint).int32(number));
    const read = assertAgree(TaskStatusSchema, bytes) as typeof status;
    assert.equal(library.isFieldSet(read, TaskStatusSchema.field.reason), false);
    assert.deepEqual(toBinary(TaskStatusSchema, read), bytes);
  }
});

test("fromBinary() reads packed numbers, merges a repeated message and keeps the last of a oneof", () => {
  const packed = new BinaryWriter().tag(1, WireType.Varint).uint32(80);
  packed.tag(4, WireType.LengthDelimited).fork().uint32(200).uint32(404).join().tag(4, WireType.Varint).uint32(500);
  const check = assertAgree(HealthCheck_HTTPCheckInfoSchema, packed.finish());
  assert.deepEqual((check as unknown as { statuses: number[] }).statuses, [200, 404, 500]);

  const twice = new BinaryWriter();
  for (const part of [
    { no: 1, bytes: library.toBinary(ExecutorInfoSchema, create(ExecutorInfoSchema, { executorId: { value: "e" } })) },
    { no: 3, bytes: library.toBinary(AgentInfoSchema, create(AgentInfoSchema, { hostname: "h" })) },
  ]) {
    twice.tag(2, WireType.LengthDelimited).fork().tag(part.no, WireType.LengthDelimited).bytes(part.bytes).join();
  }
  const event = assertAgree(EventSchema, twice.finish()) as library.MessageShape<typeof EventSchema>;
  assert.equal(event.subscribed?.executorInfo?.executorId?.value, "e");
  assert.equal(event.subscribed.agentInfo?.hostname, "h");

  const capability = schemas.find((schema) => schema.oneofs.length > 0)!;
  const both = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(new Uint8Array());
  both.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string("ext4").join();
  both.tag(2, WireType.LengthDelimited).fork().tag(2, WireType.LengthDelimited).string("ro").join();
  assertAgree(capability, both.finish());
});

test("fromBinary() reads map entries without key, without value, with other fields and with the value twice", () => {
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
  entry((writer) => scalar(scalar(writer.tag(1, WireType.LengthDelimited).string("disk"), 3), 4));
  const task = assertAgree(TaskInfoSchema, resources.finish()) as library.MessageShape<typeof TaskInfoSchema>;
  assert.deepEqual(
    Object.entries(task.limits).map(([name, limit]) => [name, limit.value]),
    [
      ["", 1],
      ["mem", 0],
      ["cpus", 2],
      ["disk", 4],
    ],
  );
});

test("defaults are read from unset fields and not written", () => {
  const command = fromBinary(CommandInfoSchema, new Uint8Array());
  assert.equal(command.shell, true);
  assert.equal(library.isFieldSet(command, CommandInfoSchema.field.shell), false);
  assert.equal(toBinary(CommandInfoSchema, command).length, 0);
  command.shell = false;
  assert.deepEqual(toBinary(CommandInfoSchema, command), new Uint8Array([48, 0]));
});

test("toBinary() names the required field that is unset, as the library does", () => {
  const call = create(CallSchema, { type: Call_Type.SUBSCRIBE, executorId: { value: "e" } });
  assert.throws(() => library.toBinary(CallSchema, call), /framework_id/);
  assert.throws(() => toBinary(CallSchema, call), {
    message: 'Cannot encode "field mesos.v1.executor.Call.framework_id": found no value for a required field',
  });
});

test("toBinary() names the field whose value does not fit", () => {
  const duration = create(DurationInfoSchema, { nanoseconds: 2n ** 64n });
  assert.throws(
    () => toBinary(DurationInfoSchema, duration),
    /Cannot encode "field mesos.v1.DurationInfo.nanoseconds"/,
  );
});

test("toBinary() refuses a message of another type, at the top and inside", () => {
  const label = create(LabelSchema, { key: "k" });
  const other = label as unknown as library.MessageShape<typeof TaskIDSchema>;
  assert.throws(() => toBinary(TaskIDSchema, other), {
    name: "TypeError",
    message: 'Cannot encode "message mesos.v1.TaskID": found mesos.v1.Label',
  });
  const call = create(CallSchema, { executorId: { value: "e" }, frameworkId: { value: "f" } });
  call.executorId = label as unknown as typeof call.executorId;
  assert.throws(() => toBinary(CallSchema, call), /"message mesos.v1.ExecutorID": found mesos.v1.Label/);
});

test("fromBinary() reads a hundred messages in one another and refuses more", () => {
  const nested = (depth: number): Uint8Array => {
    let bytes = new Uint8Array([10, 1, 120]);
    for (let i = 1; i < depth; i++) {
      const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string("x");
      bytes = writer.tag(2, WireType.LengthDelimited).bytes(bytes).finish();
    }
    return bytes;
  };
  assertAgree(ContainerIDSchema, nested(100));
  assert.throws(() => library.fromBinary(ContainerIDSchema, nested(101)));
  assert.throws(() => fromBinary(ContainerIDSchema, nested(101)), {
    message: 'Cannot decode "message mesos.v1.ContainerID": found more than 100 messages in one another',
  });
});

test("fromBinary() and toBinary() refuse schemas that are more than plain proto2", () => {
  const message = { message: /Cannot use "message google.protobuf.Duration": found more than plain proto2/ };
  assert.throws(() => fromBinary(DurationSchema, new Uint8Array()), message);
  assert.throws(() => toBinary(DurationSchema, create(DurationSchema)), message);
});
