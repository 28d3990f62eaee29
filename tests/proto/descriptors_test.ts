import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clone, fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { file_mesos_v1_agent_agent } from "../../proto/mesos/v1/agent/agent_pb.ts";
import { file_mesos_v1_allocator_allocator } from "../../proto/mesos/v1/allocator/allocator_pb.ts";
import { file_mesos_v1_executor_executor } from "../../proto/mesos/v1/executor/executor_pb.ts";
import { file_mesos_v1_maintenance_maintenance } from "../../proto/mesos/v1/maintenance/maintenance_pb.ts";
import { file_mesos_v1_master_master } from "../../proto/mesos/v1/master/master_pb.ts";
import { file_mesos_v1_mesos } from "../../proto/mesos/v1/mesos_pb.ts";
import { file_mesos_v1_quota_quota } from "../../proto/mesos/v1/quota/quota_pb.ts";
import { file_mesos_v1_scheduler_scheduler } from "../../proto/mesos/v1/scheduler/scheduler_pb.ts";
import { differences } from "./descriptor_facts.ts";

/** The descriptors of a real Mesos 1.12.0-dev. */
const theirs = fromBinary(FileDescriptorSetSchema, readFileSync(new URL("mesos-v1.fds", import.meta.url)));
const ours = [
  file_mesos_v1_mesos,
  file_mesos_v1_agent_agent,
  file_mesos_v1_allocator_allocator,
  file_mesos_v1_executor_executor,
  file_mesos_v1_maintenance_maintenance,
  file_mesos_v1_master_master,
  file_mesos_v1_quota_quota,
  file_mesos_v1_scheduler_scheduler,
].map((file) => file.proto);

function theirFile(name: string): FileDescriptorProto {
  const file = theirs.file.find((candidate) => candidate.name === name);
  assert.ok(file, `Mesos has no ${name}`);
  return file;
}

test("proto/ has the files of Mesos and no others", () => {
  const mesosFiles = theirs.file.map((file) => file.name).filter((name) => !name.startsWith("google/"));
  assert.deepEqual(ours.map((file) => file.name).sort(), mesosFiles.sort());
});

for (const file of ours) {
  test(`${file.name} says what Mesos says`, () => {
    assert.deepEqual(differences(theirFile(file.name), file), [], "path: theirs / ours");
  });
}

test("differences() names each changed fact by its path", () => {
  const changed = clone(FileDescriptorProtoSchema, theirFile("mesos/v1/mesos.proto"));
  const message = changed.messageType.find((type) => type.name === "CommandInfo")!;
  message.field.find((field) => field.name === "shell")!.defaultValue = "false";
  message.field.find((field) => field.name === "value")!.number = 33;
  message.field = message.field.filter((field) => field.name !== "user");
  const state = changed.enumType.find((type) => type.name === "TaskState")!;
  state.value.find((value) => value.name === "TASK_GONE")!.number = 99;
  state.reservedRange.push({ $typeName: "google.protobuf.EnumDescriptorProto.EnumReservedRange", start: 50, end: 60 });

  const field = "mesos/v1/mesos.proto/messageType/CommandInfo/field";
  const type = "mesos/v1/mesos.proto/enumType/TaskState";
  assert.deepEqual(differences(theirFile("mesos/v1/mesos.proto"), changed), [
    `${field}/order: uris environment shell value arguments user / uris environment shell value arguments`,
    `${field}/shell/defaultValue: true / false`,
    `${field}/value/number: 3 / 33`,
    `${field}/user/name: user / absent`,
    `${field}/user/number: 5 / absent`,
    `${field}/user/label: LABEL_OPTIONAL / absent`,
    `${field}/user/type: TYPE_STRING / absent`,
    `${field}/user/jsonName: user / absent`,
    `${type}/value/TASK_GONE/number: 11 / 99`,
    `${type}/reservedRange/0/start: absent / 50`,
    `${type}/reservedRange/0/end: absent / 60`,
  ]);
});
