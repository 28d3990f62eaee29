import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { LabelsSchema } from "../../../../proto/slim/mesos/v1/mesos_pb.ts";
import { TaskError } from "../../../../src/executor/task/task_error.ts";
import { readLabels } from "../../../../src/executor/translation/carriers/labels.ts";
import type { Statement } from "../../../../src/executor/translation/statement.ts";

type Pairs = readonly (readonly [key: string, value: string])[];

const source = "TaskInfo.labels";

function read(pairs: Pairs): Statement {
  return readLabels(create(LabelsSchema, { labels: pairs.map(([key, value]) => ({ key, value })) }));
}

const table: readonly { key: string; value: string; stated: Omit<Statement, "source"> }[] = [
  { key: "image", value: "busybox:1", stated: { image: "busybox:1" } },
  { key: "pull", value: "never", stated: { pull: "never" } },
  { key: "platform", value: "linux/arm64", stated: { platform: "linux/arm64" } },
  { key: "user", value: "1000", stated: { user: "1000" } },
  { key: "workdir", value: "/w", stated: { workdir: "/w" } },
  { key: "hostname", value: "db", stated: { hostname: "db" } },
  { key: "network", value: "none", stated: { network: { kind: "none" } } },
  { key: "network", value: "web", stated: { network: { kind: "user", name: "web" } } },
  { key: "stopSignal", value: "SIGINT", stated: { stopSignal: "SIGINT" } },
  { key: "command", value: "echo $A", stated: { command: "echo $A" } },
  { key: "command", value: '["a","b c"]', stated: { command: ["a", "b c"] } },
  { key: "args", value: '["a"]', stated: { args: ["a"] } },
  { key: "entrypoint", value: '["/e"]', stated: { entrypoint: ["/e"] } },
  { key: "env", value: '{"A":"1"}', stated: { env: { A: "1" } } },
  { key: "privileged", value: "true", stated: { privileged: "yes" } },
  { key: "privileged", value: "false", stated: { privileged: "no" } },
  {
    key: "ports",
    value: '[{"hostPort":31000,"containerPort":80}]',
    stated: { ports: [{ hostPort: 31_000, containerPort: 80 }] },
  },
  {
    key: "volumes",
    value: '[{"hostPath":"/h","containerPath":"/c","mode":"ro"}]',
    stated: { volumes: [{ hostPath: "/h", containerPath: "/c", mode: "ro" }] },
  },
  {
    key: "parameters",
    value: '[{"key":"init","value":"true"}]',
    stated: { parameters: [{ key: "init", value: "true", source: `${source} parameters` }] },
  },
  { key: "logs", value: '{"maxSize":"1m","maxFiles":3}', stated: { logs: { maxBytes: 1_048_576, maxFiles: 3 } } },
];

for (const { key, value, stated } of table) {
  test(`readLabels() reads mesos-docker/${key} ${value}`, () => {
    assert.deepEqual(read([[`mesos-docker/${key}`, value]]), { source, ...stated });
  });
}

test("readLabels() reads several at once, and leaves those of others alone", () => {
  const pairs: Pairs = [
    ["team", "web"],
    ["mesos-docker/image", "busybox"],
    ["mesos-docker.task", "t1"],
    ["Mesos-Docker/user", "root"],
    ["mesos-docker/user", "nobody"],
  ];
  assert.deepEqual(read(pairs), { source, image: "busybox", user: "nobody" });
});

test("readLabels() finds nothing where there are no labels", () => {
  assert.deepEqual(readLabels(undefined), { source });
  assert.deepEqual(read([]), { source });
});

const faults: readonly { pairs: Pairs; message: string }[] = [
  { pairs: [["mesos-docker/imag", '"x"']], message: 'Cannot use TaskInfo.labels: "imag" is unknown' },
  { pairs: [["mesos-docker/", '"x"']], message: 'Cannot use TaskInfo.labels: "" is unknown' },
  { pairs: [["mesos-docker/toString", "1"]], message: 'Cannot use TaskInfo.labels: "toString" is unknown' },
  { pairs: [["mesos-docker/__proto__", "{}"]], message: 'Cannot use TaskInfo.labels: "__proto__" is unknown' },
  { pairs: [["mesos-docker/env", "A=secret"]], message: 'Cannot use TaskInfo.labels: "mesos-docker/env" is no JSON' },
  {
    pairs: [["mesos-docker/command", '["a", secret]']],
    message: 'Cannot use TaskInfo.labels: "mesos-docker/command" is no JSON',
  },
  {
    pairs: [["mesos-docker/privileged", '"secret"']],
    message: 'Cannot use TaskInfo.labels: "privileged" is not true or false',
  },
  {
    pairs: [
      ["mesos-docker/pull", "secret"],
      ["mesos-docker/mesosDocker", "1"],
      ["mesos-docker/env", '["secret"]'],
    ],
    message:
      'Cannot use TaskInfo.labels: "pull" is not always, missing or never; "env" is not an object of texts; ' +
      '"mesosDocker" is unknown',
  },
];

for (const { pairs, message } of faults) {
  test(`readLabels() refuses ${pairs.map(([key]) => key).join(", ")} without a value in the message`, () => {
    assert.throws(() => read(pairs), new TaskError("invalid", message));
  });
}
