import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clone,
  createRegistry,
  type DescMessage,
  equals,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import {
  EventSchema as FullEventSchema,
  file_mesos_v1_executor_executor as fullExecutorFile,
} from "../../proto/mesos/v1/executor/executor_pb.ts";
import { file_mesos_v1_mesos as fullMesosFile } from "../../proto/mesos/v1/mesos_pb.ts";
import { fileDesc, messageDesc } from "../../proto/slim/descriptors.ts";
import {
  CallSchema,
  EventSchema,
  file_mesos_v1_executor_executor as slimExecutorFile,
} from "../../proto/slim/mesos/v1/executor/executor_pb.ts";
import {
  file_mesos_v1_mesos as slimMesosFile,
  TaskInfoSchema,
  TaskStateSchema,
  TaskStatus_SourceSchema,
} from "../../proto/slim/mesos/v1/mesos_pb.ts";
import { enumFacts, messageFacts, messagesOf } from "./desc_facts.ts";
import { recordedEvents } from "./recorded_events.ts";

const full = createRegistry(fullMesosFile, fullExecutorFile);
const slimMessages = [slimMesosFile, slimExecutorFile].flatMap(messagesOf);

/** Kept only because types that an executor meets are declared inside them: slim drops their own fields. */
const enclosing = ["mesos.v1.Value"];

for (const message of slimMessages.filter(({ typeName }) => !enclosing.includes(typeName))) {
  test(`slim ${message.typeName} equals the library's descriptor of the full one`, () => {
    const theirs = full.getMessage(message.typeName);
    assert.ok(theirs);
    assert.deepEqual(messageFacts(message), messageFacts(theirs));
  });
}

test("slim messages that only enclose others have no fields", () => {
  const without = slimMessages.filter((message) => message.fields.length === 0).map((message) => message.typeName);
  const theirs = without.filter((typeName) => full.getMessage(typeName)?.fields.length !== 0);
  assert.deepEqual(theirs, enclosing);
});

test("slim enums equal the library's descriptors of the full ones", () => {
  const enums = [
    ...[slimMesosFile, slimExecutorFile].flatMap((file) => file.enums),
    ...slimMessages.flatMap((message) => message.nestedEnums),
  ];
  assert.ok(enums.length > 20);
  for (const type of enums) assert.deepEqual(enumFacts(type), enumFacts(full.getEnum(type.typeName)!));
  assert.equal(TaskStateSchema.typeName, "mesos.v1.TaskState");
  assert.equal(TaskStatus_SourceSchema.typeName, "mesos.v1.TaskStatus.Source");
});

test("slim has exactly the messages that an executor's Call and Event reach, and those around them", () => {
  const reached = new Set<string>();
  const visit = (message: DescMessage | undefined): void => {
    if (message === undefined || reached.has(message.typeName)) return;
    reached.add(message.typeName);
    visit(message.parent);
    if (!enclosing.includes(message.typeName)) for (const field of message.fields) visit(field.message);
  };
  visit(full.getMessage(CallSchema.typeName));
  visit(full.getMessage(EventSchema.typeName));
  assert.deepEqual(slimMessages.map((message) => message.typeName).sort(), [...reached].sort());
});

test("recorded events go through the slim and the full schema byte for byte", () => {
  const events = recordedEvents();
  assert.ok(events.size > 20, `only ${events.size} recorded events`);
  for (const [name, bytes] of events) {
    assert.deepEqual(toBinary(EventSchema, fromBinary(EventSchema, bytes)), bytes, name);
    assert.deepEqual(toBinary(FullEventSchema, fromBinary(FullEventSchema, bytes)), bytes, name);
  }
});

test("the library's other functions take slim schemas: JSON both ways, clone, equals, reflect", () => {
  for (const [name, bytes] of recordedEvents()) {
    const event = fromBinary(EventSchema, bytes);
    const json = toJson(EventSchema, event);
    assert.deepEqual(json, toJson(FullEventSchema, fromBinary(FullEventSchema, bytes)), name);
    assert.ok(equals(EventSchema, fromJson(EventSchema, json), event), name);
    assert.deepEqual(toBinary(EventSchema, clone(EventSchema, event)), bytes, name);
    assert.equal(reflect(EventSchema, event).get(EventSchema.field.type), event.type, name);
  }
});

test("slim descriptors say that they have no proto", () => {
  assert.throws(() => TaskInfoSchema.proto, {
    message: 'Cannot read proto of "message mesos.v1.TaskInfo": slim descriptors have none, import the full schema',
  });
  const subjects = [
    slimMesosFile,
    TaskInfoSchema.field.name,
    TaskStateSchema,
    TaskStateSchema.value[0],
    slimMessages.find((message) => message.oneofs.length > 0)!.oneofs[0]!,
  ];
  for (const subject of subjects) assert.throws(() => subject.proto, /slim descriptors have none/);
});

test("fileDesc() puts a oneof group where its first field stands", () => {
  const fields = '[1,"a",0,"optional",9,null,0],[2,"b",0,"optional",9],[3,"c",0,"optional",9,null,0]';
  const file = fileDesc(`["a","a",[["M",[${fields}],[],[],[["g","g"]]]],[]]`);
  assert.deepEqual(messageDesc(file, 0).members.map(String), ["oneof a.M.g", "field a.M.b"]);
});

test("fileDesc() links a message when it is used and names the type that is missing", () => {
  const file = fileDesc('["a","a",[["M",[[1,"x",0,"optional","a.N"]]]],[]]');
  const message = messageDesc(file, 0);
  assert.equal(message.typeName, "a.M");
  assert.throws(() => message.fields, { message: 'Cannot link "a": found no type a.N' });
});
