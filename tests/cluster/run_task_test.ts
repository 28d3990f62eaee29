import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRequest } from "../../src/cluster/run_request.ts";
import { toTaskInfo } from "../../src/cluster/run_task.ts";
import { readDocument } from "../../src/executor/translation/carriers/task_document.ts";

const request: RunRequest = {
  name: "web",
  image: "busybox",
  command: [],
  cpus: 1,
  mem: 32,
  instances: 1,
  ports: [],
  environment: [],
  volumes: [],
  network: "bridge",
  parameters: [],
  logs: {},
  pull: "missing",
  graceMs: 5000,
};

const place = {
  taskId: "web.1",
  agentId: "S0",
  resources: [],
  hostPorts: [],
  executor: { executorId: { value: "web.1" } },
};

function readData({ data = new Uint8Array() }: ReturnType<typeof toTaskInfo>): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(data));
}

test("toTaskInfo() gives variables to the container alone: the executor would obey DOCKER_HOST or MESOS_*", () => {
  const environment = [
    { name: "DOCKER_HOST", value: "tcp://elsewhere" },
    { name: "MESOS_EXECUTOR_ID", value: "other" },
    { name: "A", value: "1" },
    { name: "A", value: "two=2\n" },
  ];
  const task = toTaskInfo({ ...request, environment }, place);
  assert.deepEqual(readData(task).env, {
    DOCKER_HOST: "tcp://elsewhere",
    MESOS_EXECUTOR_ID: "other",
    A: "two=2\n",
  });
  assert.deepEqual(task.executor, place.executor);
});

test("toTaskInfo() says nothing of command, variables and logs that were not given", () => {
  assert.deepEqual(readData(toTaskInfo(request, place)), { mesosDocker: 1 });
});

const documents: readonly { title: string; given: Partial<RunRequest>; expected: object }[] = [
  { title: "a command", given: { command: ["a", "b c"] }, expected: { command: ["a", "b c"] } },
  { title: "that nothing is pulled", given: { pull: "never" }, expected: { pull: "never" } },
  { title: "how much output is kept", given: { logs: { maxBytes: 1000 } }, expected: { logs: { maxSize: 1000 } } },
  {
    title: "how many files of output are kept",
    given: { logs: { maxBytes: 1000, maxFiles: 3 } },
    expected: { logs: { maxSize: 1000, maxFiles: 3 } },
  },
];

for (const { title, given, expected } of documents) {
  test(`toTaskInfo() says ${title} in a document that the executor can read`, () => {
    const data = readData(toTaskInfo({ ...request, ...given }, place));
    assert.deepEqual(data, { mesosDocker: 1, ...expected });
    assert.equal(readDocument(data, "data").source, "data");
  });
}

test("toTaskInfo() says what DockerInfo has fields for in DockerInfo", () => {
  const { container } = toTaskInfo({ ...request, pull: "always", parameters: [{ key: "init", value: "true" }] }, place);
  assert.equal(container?.docker?.forcePullImage, true);
  assert.deepEqual(container?.docker?.parameters, [{ key: "init", value: "true" }]);
});
