import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDocument } from "../../../src/executor/translation/document.ts";
import { Secret_Type as SecretType, Environment_Variable_Type as VariableType } from "../../../src/mesos/protocol.ts";
import { type Plain, scalar, type TaskInit } from "../task_specimen.ts";
import { assertRefused, bytesOf, docker, readBody, readVariables, translate } from "./translation_specimen.ts";

type Variables = Plain<NonNullable<Plain<Plain<TaskInit["command"]>["environment"]>["variables"]>[number]>[];

/** Variables of TaskInfo.command, which itself says nothing more. */
const said = (variables: Variables): TaskInit => ({
  container: docker,
  command: { shell: false, environment: { variables } },
});

const secretOf = (data: Uint8Array) => ({ type: SecretType.VALUE, value: { data } });

test("toTaskSpec() keeps values as they are, and the order (case 19)", () => {
  const variables = [
    { name: "B", value: "a=b=c" },
    { name: "A", value: "two\nlines" },
    { name: "Ü", value: "€😀" },
    { name: "EMPTY", value: "" },
  ];
  assert.deepEqual(readBody(said(variables)).Env, [
    "B=a=b=c",
    "A=two\nlines",
    "Ü=€😀",
    "EMPTY=",
    "MESOS_SANDBOX=/mnt/mesos/sandbox",
    "MESOS_CONTAINER_NAME=task-t1-00",
  ]);
});

test("toTaskSpec() lays the task's environment over the executor's, labels over both, and the document over all", () => {
  const init: TaskInit = {
    ...said([
      { name: "A", value: "task" },
      { name: "B", value: "task" },
      { name: "C", value: "task" },
    ]),
    labels: { labels: [{ key: "mesos-docker/env", value: '{"B":"label","C":"label"}' }] },
    data: formatDocument({ env: { C: "document", D: "x=y\n€" } }),
  };
  const variables = [
    { name: "A", value: "executor" },
    { name: "PORT0", value: "31000" },
  ];
  assert.deepEqual(readVariables(init, { executor: { command: { environment: { variables } } } }), {
    A: "task",
    B: "label",
    C: "document",
    D: "x=y\n€",
    PORT0: "31000",
  });
});

test("toTaskSpec() forces Mesos' own variables over everybody's", () => {
  const own = ["MESOS_SANDBOX", "MESOS_CONTAINER_NAME", "MESOS_ALLOCATION_ROLE"];
  const mine = own.map((name) => ({ name, value: "mine" }));
  const env = Object.fromEntries(own.map((name) => [name, "mine"]));
  const body = readBody(
    {
      ...said(mine),
      data: formatDocument({ env }),
      labels: { labels: [{ key: "mesos-docker/env", value: JSON.stringify(env) }] },
      resources: [scalar("cpus", 1, "web"), scalar("mem", 64)],
    },
    { executor: { command: { environment: { variables: mine } } } },
  );
  assert.deepEqual(body.Env, [
    "MESOS_SANDBOX=/mnt/mesos/sandbox",
    "MESOS_CONTAINER_NAME=task-t1-00",
    "MESOS_ALLOCATION_ROLE=web",
  ]);
});

test("toTaskSpec() takes nothing from the executor's own process (case 2)", () => {
  assert.deepEqual(readBody({ container: docker }).Env, [
    "MESOS_SANDBOX=/mnt/mesos/sandbox",
    "MESOS_CONTAINER_NAME=task-t1-00",
  ]);
});

test("toTaskSpec() lets the last of two variables of a name win", () => {
  const variables = [
    { name: "A", value: "1" },
    { name: "A", value: "2" },
  ];
  assert.deepEqual(readVariables(said(variables)), { A: "2" });
});

test("toTaskSpec() gives a secret's value to the container, and keeps it out of messages", () => {
  const secret = secretOf(bytesOf("s3cret €"));
  const spec = translate(said([{ name: "PASSWORD", type: VariableType.SECRET, secret, value: "not this" }]));
  assert.deepEqual(spec.container.Env?.[0], "PASSWORD=s3cret €");
  assert.deepEqual(spec.secrets, ["s3cret €"]);
});

test("toTaskSpec() gives the executor's secret variables too", () => {
  const variables = [{ name: "TOKEN", type: VariableType.SECRET, secret: secretOf(bytesOf("abc")) }];
  const spec = translate({ container: docker }, { executor: { command: { environment: { variables } } } });
  assert.deepEqual(spec.container.Env?.[0], "TOKEN=abc");
  assert.deepEqual(spec.secrets, ["abc"]);
});

test("toTaskSpec() keeps secrets back that another variable replaces: they were still told", () => {
  const spec = translate({
    ...said([{ name: "A", type: VariableType.SECRET, secret: secretOf(bytesOf("abc")) }]),
    data: formatDocument({ env: { A: "plain" } }),
  });
  assert.deepEqual(spec.container.Env?.[0], "A=plain");
  assert.deepEqual(spec.secrets, ["abc"]);
});

const field = 'TaskInfo.command.environment: variable "PASSWORD"';

const unusable: readonly {
  title: string;
  secret?: Variables[number]["secret"];
  code: "invalid" | "unsupported";
  found: string;
}[] = [
  {
    title: "a reference",
    secret: { type: SecretType.REFERENCE, reference: { name: "vault/key", key: "hidden" } },
    code: "unsupported",
    found:
      `Cannot honour ${field}: secret "vault/key" is a REFERENCE, ` +
      "and executors are given only secrets of type VALUE",
  },
  {
    title: "no secret",
    code: "invalid",
    found: `Cannot use ${field}: the secret has neither a type nor a value`,
  },
  {
    title: "a secret without a type",
    secret: { value: { data: bytesOf("hidden") } },
    code: "invalid",
    found: `Cannot use ${field}: the secret has neither a type nor a value`,
  },
  {
    title: "a value that is absent",
    secret: { type: SecretType.VALUE },
    code: "invalid",
    found: `Cannot use ${field}: the secret has neither a type nor a value`,
  },
  {
    title: "bytes that are no text",
    secret: secretOf(new Uint8Array([0x68, 0xff])),
    code: "invalid",
    found: `Cannot use ${field}: the secret is no text in UTF-8`,
  },
];

for (const { title, secret, code, found } of unusable) {
  test(`toTaskSpec() refuses a secret variable with ${title}, by the names of field and variable`, () => {
    const variable = { name: "PASSWORD", type: VariableType.SECRET, value: "hidden", ...(secret ? { secret } : {}) };
    assertRefused(said([variable]), { code, message: found });
  });
}
