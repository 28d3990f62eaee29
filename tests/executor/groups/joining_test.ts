import assert from "node:assert/strict";
import { test } from "node:test";
import { joinInfra, withContainerAddress } from "../../../src/executor/groups/joining.ts";
import { groupNamespace } from "../../../src/executor/groups/namespace.ts";
import { createSpec } from "../task_specimen.ts";

const address = { address: "10.1.0.2", family: "ipv4" } as const;

test("joinInfra() names the container wherever a namespace is the group's, and nowhere else", () => {
  const HostConfig = { NetworkMode: groupNamespace, PidMode: groupNamespace, IpcMode: "private", Memory: 1 };
  const spec = joinInfra(createSpec({ container: { User: "1", HostConfig } }), {
    containerId: "c1",
    addresses: [address],
  });
  assert.deepEqual(spec.container, {
    User: "1",
    Env: ["MESOS_CONTAINER_IP=10.1.0.2"],
    HostConfig: { NetworkMode: "container:c1", PidMode: "container:c1", IpcMode: "private", Memory: 1 },
  });
  assert.equal(spec.groupContainer, "c1");
});

test("joinInfra() says no address where there is none", () => {
  const spec = joinInfra(createSpec({ container: { Env: ["A=1"] } }), { containerId: "c1", addresses: [] });
  assert.deepEqual(spec.container.Env, ["A=1"]);
});

test("MESOS_CONTAINER_IP is what we say, whatever the task does", () => {
  const spec = createSpec({ container: { Env: ["MESOS_CONTAINER_IP=1.1.1.1", "MESOS_CONTAINER_IPS=2"] } });
  assert.deepEqual(withContainerAddress(spec, "10.0.0.1").container.Env, [
    "MESOS_CONTAINER_IPS=2",
    "MESOS_CONTAINER_IP=10.0.0.1",
  ]);
});
