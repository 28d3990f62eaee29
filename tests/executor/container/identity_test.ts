import assert from "node:assert/strict";
import { test } from "node:test";
import { createContainerName, readOwner, toLabels } from "../../../src/executor/container/identity.ts";

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

const owner = {
  frameworkId: "f1",
  executorId: "e1",
  agentId: "a1",
  containerId: "c1",
  pid: 4711,
  startTime: "123456",
  bootId: "5f0c",
  pidNamespace: "pid:[4026531836]",
};

test("toLabels() names everybody whom a container belongs to", () => {
  assert.deepEqual(toLabels(owner, "t1"), {
    "mesos-docker.framework": "f1",
    "mesos-docker.executor": "e1",
    "mesos-docker.agent": "a1",
    "mesos-docker.container": "c1",
    "mesos-docker.task": "t1",
    "mesos-docker.owner.pid": "4711",
    "mesos-docker.owner.start-time": "123456",
    "mesos-docker.owner.boot": "5f0c",
    "mesos-docker.owner.pid-namespace": "pid:[4026531836]",
  });
});

test("readOwner() reads the process that toLabels() wrote", () => {
  const { pid, startTime, bootId, pidNamespace } = owner;
  assert.deepEqual(readOwner(toLabels(owner, "t1")), { pid, startTime, bootId, pidNamespace });
});

for (const [label, value] of [
  ["mesos-docker.owner.pid", "0"],
  ["mesos-docker.owner.pid", "-1"],
  ["mesos-docker.owner.pid", "1.5"],
  ["mesos-docker.owner.pid", "x"],
  ["mesos-docker.owner.start-time", ""],
  ["mesos-docker.owner.start-time", "soon"],
  ["mesos-docker.owner.boot", ""],
  ["mesos-docker.owner.pid-namespace", ""],
] as const) {
  test(`readOwner() reads none when ${label} is "${value}", or is not there`, () => {
    const labels = toLabels(owner, "t1");
    assert.equal(readOwner({ ...labels, [label]: value }), undefined);
    const { [label]: _gone, ...rest } = labels;
    assert.equal(readOwner(rest), undefined);
  });
}
