import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError } from "../../../src/executor/task_error.ts";
import type { NetworkSpec, PortMapping } from "../../../src/executor/task_spec.ts";
import { toHostname, toNetwork, toPortMappings } from "../../../src/executor/translation/network.ts";
import { ContainerInfo_DockerInfo_Network as Network } from "../../../src/mesos/protocol.ts";
import { createTask, ports, type TaskInit } from "../task_specimen.ts";

type Mappings = readonly { hostPort: number; containerPort: number; protocol?: string }[];

const networks: readonly { title: string; task: TaskInit; network: NetworkSpec }[] = [
  { title: "no container to bridge", task: {}, network: { kind: "bridge" } },
  { title: "a container without docker to bridge", task: { container: {} }, network: { kind: "bridge" } },
  { title: "DockerInfo without network to host", task: { container: { docker: {} } }, network: { kind: "host" } },
  { title: "HOST", task: { container: { docker: { network: Network.HOST } } }, network: { kind: "host" } },
  { title: "BRIDGE", task: { container: { docker: { network: Network.BRIDGE } } }, network: { kind: "bridge" } },
  { title: "NONE", task: { container: { docker: { network: Network.NONE } } }, network: { kind: "none" } },
  {
    title: "USER with one name",
    task: { container: { docker: { network: Network.USER }, networkInfos: [{ name: "web" }] } },
    network: { kind: "user", name: "web" },
  },
];

for (const { title, task, network } of networks) {
  test(`toNetwork() understands ${title}`, () => {
    assert.deepEqual(toNetwork(createTask(task)), network);
  });
}

const unusableNetworks: readonly { message: string; networkInfos: { name?: string }[] }[] = [
  { message: "No network info found in container info", networkInfos: [] },
  { message: "Only a single network can be defined in Docker run", networkInfos: [{ name: "a" }, { name: "b" }] },
  { message: "No network name found in network info", networkInfos: [{}] },
  { message: "No network name found in network info", networkInfos: [{ name: "" }] },
];

for (const { message, networkInfos } of unusableNetworks) {
  test(`toNetwork() refuses USER with ${JSON.stringify(networkInfos)}`, () => {
    const task = createTask({ container: { docker: { network: Network.USER }, networkInfos } });
    assert.throws(() => toNetwork(task), new TaskError("invalid", message));
  });
}

for (const kind of ["bridge", "none"] as const) {
  test(`toHostname() takes the name in network ${kind}`, () => {
    assert.equal(toHostname(createTask({ container: { hostname: "db" } }), { kind }), "db");
  });
}

test("toHostname() refuses a name in the host's network", () => {
  assert.throws(
    () => toHostname(createTask({ container: { hostname: "db" } }), { kind: "host" }),
    new TaskError("invalid", "Unable to set hostname with host network mode"),
  );
});

test("toHostname() takes an empty name for none", () => {
  assert.equal(toHostname(createTask({ container: { hostname: "" } }), { kind: "host" }), undefined);
  assert.equal(toHostname(createTask(), { kind: "bridge" }), undefined);
});

function map(mappings: Mappings, network: NetworkSpec, ...offered: [number, number][]): PortMapping[] {
  const task = createTask({
    container: { docker: { portMappings: [...mappings] } },
    resources: offered.length > 0 ? [ports(...offered)] : [],
  });
  return toPortMappings(task, network);
}

for (const network of [{ kind: "bridge" }, { kind: "user", name: "web" }] as const) {
  test(`toPortMappings() maps ports that were offered in network ${network.kind}`, () => {
    const mappings = [
      { hostPort: 31_005, containerPort: 80, protocol: "TCP" },
      { hostPort: 31_006, containerPort: 53, protocol: "Udp" },
      { hostPort: 31_007, containerPort: 81 },
    ];
    assert.deepEqual(map(mappings, network, [31_005, 31_006], [31_007, 31_007]), [
      { hostPort: 31_005, containerPort: 80, protocol: "tcp" },
      { hostPort: 31_006, containerPort: 53, protocol: "udp" },
      { hostPort: 31_007, containerPort: 81, protocol: "tcp" },
    ]);
  });
}

for (const kind of ["host", "none"] as const) {
  test(`toPortMappings() refuses mappings in network ${kind}`, () => {
    assert.throws(
      () => map([{ hostPort: 31_005, containerPort: 80 }], { kind }, [31_000, 32_000]),
      new TaskError("invalid", "Port mappings are only supported for bridge and user-defined networks"),
    );
  });
  test(`toPortMappings() has nothing to map in network ${kind}`, () => {
    assert.deepEqual(map([], { kind }), []);
  });
}

test("toPortMappings() refuses mappings without offered ports", () => {
  assert.throws(
    () => map([{ hostPort: 31_005, containerPort: 80 }], { kind: "bridge" }),
    new TaskError("invalid", "Port mappings require port resources"),
  );
});

for (const hostPort of [31_004, 31_007, 31_999]) {
  test(`toPortMappings() refuses host port ${hostPort} beside the offered 31005-31006`, () => {
    assert.throws(
      () => map([{ hostPort, containerPort: 80 }], { kind: "bridge" }, [31_005, 31_006]),
      new TaskError("invalid", `Port [${hostPort}] not included in resources`),
    );
  });
}
