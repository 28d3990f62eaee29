import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { EnvironmentSchema } from "../../../proto/slim/mesos/v1/mesos_pb.ts";
import { TaskError } from "../../../src/executor/task_error.ts";
import { toVariables } from "../../../src/executor/translation/environment.ts";
import { Environment_Variable_Type } from "../../../src/mesos/protocol.ts";

test("toVariables() keeps values as they are, and the order", () => {
  const variables = [
    { name: "B", value: "a=b=c" },
    { name: "A", value: "two\nlines" },
    { name: "Ü", value: "€😀" },
    { name: "EMPTY", value: "" },
  ];
  assert.deepEqual(
    toVariables(create(EnvironmentSchema, { variables }), "field"),
    variables.map(({ name, value }) => [name, value]),
  );
});

test("toVariables() gives none without an environment", () => {
  assert.deepEqual(toVariables(undefined, "field"), []);
});

test("toVariables() refuses a secret by the names of field and variable, without its value", () => {
  const environment = create(EnvironmentSchema, {
    variables: [{ name: "PASSWORD", type: Environment_Variable_Type.SECRET, value: "hidden" }],
  });
  assert.throws(
    () => toVariables(environment, "TaskInfo.command.environment"),
    new TaskError("unsupported", 'Cannot honour TaskInfo.command.environment: variable "PASSWORD" is a SECRET'),
  );
});
