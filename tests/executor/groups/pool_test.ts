import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerConfig } from "../../../src/docker/mod.ts";
import type { ExecutorNetwork } from "../../../src/executor/groups/executor_network.ts";
import { infraImage } from "../../../src/executor/groups/infra_image.ts";
import { groupNamespace } from "../../../src/executor/groups/namespace.ts";
import { type Pool, poolTasks } from "../../../src/executor/groups/pool.ts";
import type { PortMapping, TaskSpec } from "../../../src/executor/task/task_spec.ts";
import { createSpec } from "../task_specimen.ts";

const port = (hostPort: number, containerPort: number): PortMapping => ({ hostPort, containerPort, protocol: "tcp" });

/** A task in a network that it names, or in none that it names. */
function member(
  taskId: string,
  mode?: string,
  more: Partial<TaskSpec> = {},
  config: Partial<ContainerConfig> = {},
): TaskSpec {
  const HostConfig = { NetworkMode: mode ?? "bridge", ...config.HostConfig };
  return createSpec({
    taskId,
    container: { ...config, HostConfig },
    sources: { "HostConfig.NetworkMode": [mode === undefined ? "default" : "TaskInfo.data network"] },
    ...more,
  });
}

function executor(mode?: string, config: { Hostname?: string } = {}, ports: PortMapping[] = []): ExecutorNetwork {
  const parts = { config, lists: {}, sysctls: {}, exposed: {}, endpoints: {}, ports };
  return { ...(mode === undefined ? {} : { mode }), parts };
}

function pool(specs: TaskSpec[], network = executor()): Pool {
  const pooled = poolTasks("a", specs, network);
  if (pooled.kind === "fault") assert.fail(pooled.fault.message);
  return pooled.pool;
}

function refuse(specs: TaskSpec[], network = executor()): string {
  const pooled = poolTasks("a", specs, network);
  assert.equal(pooled.kind, "fault");
  return `${pooled.taskId}: ${pooled.fault.message}`;
}

const modeOf = (spec: TaskSpec | undefined) => spec?.container.HostConfig?.NetworkMode;

for (const [title, specs, network, mode] of [
  ["of the executor's container", [member("a"), member("b")], executor("web"), "web"],
  ["that one of its tasks names", [member("a"), member("b", "web")], executor(), "web"],
  ["that all name", [member("a", "web"), member("b", "web")], executor("web"), "web"],
  [
    "of Docker's bridge, for ports",
    [member("a"), member("b", undefined, { ports: [port(31_000, 80)] })],
    executor(),
    "bridge",
  ],
  [
    "of Docker's bridge, for ports of the executor",
    [member("a")],
    executor(undefined, {}, [port(31_000, 80)]),
    "bridge",
  ],
  ["without any other host", [member("a", "none"), member("b")], executor(), "none"],
] as const) {
  test(`a group has the network ${title}`, () => {
    const { infra, members } = pool([...specs], network);
    assert.equal(modeOf(infra), mode);
    assert.deepEqual(
      members.map(modeOf),
      members.map(() => groupNamespace),
    );
  });
}

for (const [title, specs] of [
  ["names no network", [member("a"), member("b")]],
  ["names the host's", [member("a", "host"), member("b")]],
] as const) {
  test(`a group that ${title} is in the host's, and needs no container of its own`, () => {
    const { infra, members } = pool([...specs]);
    assert.equal(infra, undefined);
    assert.deepEqual(members.map(modeOf), ["host", "host"]);
    assert.deepEqual(
      members.map(({ container }) => container.HostConfig?.IpcMode),
      [undefined, undefined],
    );
  });
}

for (const field of ["PidMode", "IpcMode"] as const) {
  test(`a group in the host's network has a container for tasks that share by ${field}`, () => {
    const { infra, members } = pool([
      member("a"),
      member("b", undefined, {}, { HostConfig: { [field]: groupNamespace } }),
    ]);
    assert.equal(modeOf(infra), "host");
    assert.deepEqual(members.map(modeOf), ["host", "host"]);
    assert.equal(members[1]?.container.HostConfig?.[field], groupNamespace);
    assert.equal(members[0]?.container.HostConfig?.PidMode, undefined);
  });
}

test("the container of a group can do nothing", () => {
  const { infra } = pool([member("a")], executor("web"));
  assert.equal(infra?.image, infraImage);
  assert.equal(infra?.pull, "never");
  assert.deepEqual(infra?.container, {
    User: "65534:65534",
    HostConfig: {
      NetworkMode: "web",
      IpcMode: "shareable",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      LogConfig: { Type: "none" },
    },
  });
});

test("what belongs to the network goes from the tasks to the group's container, and nothing else", () => {
  const one = member(
    "a",
    undefined,
    { ports: [port(31_000, 80)] },
    {
      Hostname: "pod",
      ExposedPorts: { "80/tcp": {} },
      User: "1",
      HostConfig: {
        Dns: ["10.0.0.1"],
        ExtraHosts: ["db:10.0.0.2"],
        Sysctls: { "net.core.somaxconn": "9", "kernel.sem": "1" },
      },
    },
  );
  const two = member("b", undefined, { ports: [port(31_001, 81)] }, { HostConfig: { Dns: ["10.0.0.1", "10.0.0.3"] } });
  const { infra, members } = pool([one, two], executor("web", { Hostname: "pod" }, [port(31_002, 82)]));
  assert.deepEqual(infra?.ports, [port(31_002, 82), port(31_000, 80), port(31_001, 81)]);
  assert.equal(infra?.container.Hostname, "pod");
  assert.deepEqual(infra?.container.ExposedPorts, { "80/tcp": {} });
  const { Dns, ExtraHosts, Sysctls } = infra?.container.HostConfig ?? {};
  assert.deepEqual([Dns, ExtraHosts], [["10.0.0.1", "10.0.0.3"], ["db:10.0.0.2"]]);
  assert.deepEqual(Sysctls, { "net.core.somaxconn": "9" });
  assert.deepEqual(
    members.map(({ ports }) => ports),
    [[], []],
  );
  assert.deepEqual(members[0]?.container, {
    User: "1",
    HostConfig: { NetworkMode: groupNamespace, IpcMode: groupNamespace, Sysctls: { "kernel.sem": "1" } },
  });
});

for (const [title, host, mode] of [
  ["one that says nothing has its group's", {}, groupNamespace],
  ["one of its own stays so", { IpcMode: "private" }, "private"],
  ["one with a size of its own for shared memory has its own", { ShmSize: 1024 }, undefined],
] as const) {
  test(`of IPC namespaces, ${title}`, () => {
    const { members } = pool([member("a", "web", {}, { HostConfig: host })]);
    assert.equal(members[0]?.container.HostConfig?.IpcMode, mode);
  });
}

test("the addresses that a task wants are the group's, when no other wants others", () => {
  const endpoints = (address: string) => ({
    NetworkingConfig: { EndpointsConfig: { web: { IPAMConfig: { IPv4Address: address } } } },
  });
  const { infra, members } = pool([member("a", "web"), member("b", "web", {}, endpoints("10.1.0.9"))]);
  assert.deepEqual(infra?.container.NetworkingConfig, endpoints("10.1.0.9").NetworkingConfig);
  assert.equal(members[1]?.container.NetworkingConfig, undefined);
  const same = member("c", "web", {}, endpoints("10.1.0.9"));
  pool([member("b", "web", {}, endpoints("10.1.0.9")), same]);
  const other = member("c", "web", {}, endpoints("10.1.0.8"));
  assert.equal(
    refuse([same, { ...other, taskId: "d" }]),
    "d: Cannot use addresses and aliases of its own: the group's tasks share one network, which has those of another task",
  );
});

const shared = "the group's tasks share one network, which has";
for (const [title, specs, network, message] of [
  [
    "another network than the first task's",
    [member("a", "web"), member("b", "db")],
    executor(),
    'b: Cannot use network "db" (TaskInfo.data network): its task group is in "web"',
  ],
  [
    "another network than the executor's",
    [member("a", "host")],
    executor("web"),
    'a: Cannot use network "host" (TaskInfo.data network): its task group is in "web"',
  ],
  [
    "a network, in a group of the host's",
    [member("a", "host"), member("b", "web")],
    executor(),
    'b: Cannot use network "web" (TaskInfo.data network): its task group is in "host"',
  ],
  [
    "another host name",
    [member("a", "web", {}, { Hostname: "one" }), member("b", "web", {}, { Hostname: "two" })],
    executor(),
    `b: Cannot use Hostname "two": ${shared} "one"`,
  ],
  [
    "another value of a sysctl",
    [
      member("a", "web", {}, { HostConfig: { Sysctls: { "net.x": "1" } } }),
      member("b", "web", {}, { HostConfig: { Sysctls: { "net.x": "2" } } }),
    ],
    executor(),
    `b: Cannot use sysctl net.x "2": ${shared} "1"`,
  ],
  [
    "a host port that leads elsewhere",
    [member("a", "web", { ports: [port(31_000, 80)] }), member("b", "web", { ports: [port(31_000, 81)] })],
    executor(),
    `b: Cannot use host port 31000 for port 81: ${shared} it for 80`,
  ],
  [
    "the ports that its image exposes",
    [
      member("a", "web", {
        portsForExposed: [31_000],
        sources: { "HostConfig.PublishAllPorts": ["TaskInfo.data parameters"] },
      }),
    ],
    executor("web"),
    "a: Cannot honour TaskInfo.data parameters: in a task group only ports that are named are published",
  ],
  [
    "a host name in the host's network",
    [member("a", "host", {}, { Hostname: "one" })],
    executor(),
    "a: Unable to set hostname with host network mode",
  ],
  [
    "ports in the host's network",
    [member("a", "host"), member("b", undefined, { ports: [port(31_000, 80)] })],
    executor(),
    "b: Port mappings are only supported for bridge and user-defined networks",
  ],
] as const) {
  test(`a task of a group is refused that wants ${title}`, () => {
    assert.equal(refuse([...specs], network), message);
  });
}
