import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRequest } from "../../src/cluster/run_request.ts";
import { toTaskInfo } from "../../src/cluster/run_task.ts";
import { parseDocument } from "../../src/executor/translation/document.ts";

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

test("toTaskInfo() gives variables to the container alone: the executor would obey DOCKER_HOST or MESOS_*", () => {
  const environment = [
    { name: "DOCKER_HOST", value: "tcp://elsewhere" },
    { name: "MESOS_EXECUTOR_ID", value: "other" },
    { name: "A", value: "1" },
    { name: "A", value: "two=2\n" },
  ];
  const task = toTaskInfo({ ...request, environment }, place);
  const document = parseDocument(task.data ?? new Uint8Array());
  assert.deepEqual(document.environment, {
    DOCKER_HOST: "tcp://elsewhere",
    MESOS_EXECUTOR_ID: "other",
    A: "two=2\n",
  });
  assert.deepEqual(task.executor, place.executor);
});

test("toTaskInfo() says nothing of command and variables that were not given", () => {
  const { data } = toTaskInfo(request, place);
  assert.deepEqual(parseDocument(data ?? new Uint8Array()), { mesosDocker: 1 });
});
