import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { createRegistry, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  EventSchema as FullEventSchema,
  file_mesos_v1_executor_executor as fullExecutorFile,
} from "../../proto/mesos/v1/executor/executor_pb.ts";
import { file_mesos_v1_mesos as fullMesosFile } from "../../proto/mesos/v1/mesos_pb.ts";
import {
  CallSchema,
  EventSchema,
  file_mesos_v1_executor_executor as slimExecutorFile,
} from "../../proto/slim/mesos/v1/executor/executor_pb.ts";
import {
  file_mesos_v1_mesos as slimMesosFile,
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

test("no source imports a schema as a value: its descriptors would be booted at every start", () => {
  const root = new URL("../../src/", import.meta.url);
  const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  assert.ok(sources.length > 50);
  for (const path of sources) {
    const text = readFileSync(new URL(path, root), "utf8");
    for (const [statement, names = ""] of text.matchAll(/^import (?!type)([^;]*?) from "[^"]*proto[^"]*_pb\.ts";/gms)) {
      const values = names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => /^\w+Schema\b/.test(name));
      assert.deepEqual(values, [], `${path}: ${statement}`);
    }
  }
});
