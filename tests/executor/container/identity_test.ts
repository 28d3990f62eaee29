import assert from "node:assert/strict";
import { test } from "node:test";
import { createContainerName, toLabels } from "../../../src/executor/container/identity.ts";

/** Docker's grammar of names. */
const grammar = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

const taskIds = [
  "t1",
  "",
  ".",
  "..",
  "a/b",
  "../../etc",
  "-rf",
  "mesos-2c5b5c2e-91a0-4f53-8d4a-7a1a3a5d1a11",
  "web.instance-2c5b5c2e._app.1",
  "Käse 😀\n",
  "x".repeat(255),
  "€".repeat(255),
];

for (const taskId of taskIds) {
  test(`createContainerName() gives a good name for task ${JSON.stringify(taskId.slice(0, 20))} (${taskId.length})`, () => {
    const name = createContainerName(taskId);
    assert.match(name, grammar);
    assert.ok(!name.startsWith("mesos-"), name);
    assert.ok(name.length <= 200, `${name.length} characters`);
  });
}

test("createContainerName() shows the task's id", () => {
  assert.match(createContainerName("web.1"), /^task-web\.1-[0-9a-f]{8}$/);
});

test("createContainerName() gives another name each time", () => {
  assert.notEqual(createContainerName("t1"), createContainerName("t1"));
});

test("toLabels() names everybody whom a container belongs to", () => {
  const owner = {
    frameworkId: "f1",
    executorId: "e1",
    agentId: "a1",
    containerId: "c1",
    pid: 4711,
    startTime: "123456",
  };
  assert.deepEqual(toLabels(owner, "t1"), {
    "mesos-docker.framework": "f1",
    "mesos-docker.executor": "e1",
    "mesos-docker.agent": "a1",
    "mesos-docker.container": "c1",
    "mesos-docker.task": "t1",
    "mesos-docker.owner.pid": "4711",
    "mesos-docker.owner.start-time": "123456",
  });
});
