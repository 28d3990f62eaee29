import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ExecutorInfoSchema } from "../../../proto/slim/mesos/v1/mesos_pb.ts";
import type { ResolvedGroup } from "../../../src/executor/desk/task_desk.ts";
import { readGroup } from "../../../src/executor/groups/group_reader.ts";
import { formatDocument } from "../../../src/executor/translation/document.ts";
import { toTaskSpec } from "../../../src/executor/translation/translate.ts";
import {
  ContainerInfo_Type,
  Image_Type,
  LinuxInfo_IpcMode as IpcMode,
  type Volume_Source_SandboxPath_Type as SandboxPathType,
  Volume_Source_Type as SourceType,
  Value_Type,
  Volume_Mode,
} from "../../../src/mesos/protocol.ts";
import { type ContainerInit, createTask, ports, type TaskInit } from "../task_specimen.ts";
import { createContext, type ExecutorInit } from "../translation/translation_specimen.ts";

const directory = "/sandbox";
const image = { type: Image_Type.DOCKER, docker: { name: "busybox" }, cached: true };

/** TaskInfo.container of a task of a group. */
function inMesos(more: ContainerInit = {}): ContainerInit {
  return { type: ContainerInfo_Type.MESOS, mesos: { image }, ...more };
}

function read(tasks: Readonly<Record<string, TaskInit>>, executor: ExecutorInit = {}): ResolvedGroup {
  const executorInfo = create(ExecutorInfoSchema, { executorId: { value: "e1" }, ...executor });
  const infos = Object.entries(tasks).map(([value, init]) =>
    createTask({ taskId: { value }, container: inMesos(), ...init }),
  );
  return readGroup(infos, {
    groupId: "g",
    executorInfo,
    hostAddress: "10.0.0.1",
    readMember: (task) => {
      const taskId = task.taskId?.value ?? "";
      const context = createContext({ directory: `${directory}/tasks/${taskId}`, group: { directory } });
      return { spec: toTaskSpec(task, { ...context, executorInfo }), name: `task-${taskId}` };
    },
    toLabels: (taskId) => ({ "mesos-docker.task": taskId }),
  });
}

/** What was read of a task that can be run. */
function taskOf({ members }: ResolvedGroup, taskId: string) {
  const resolved = members.find((one) => one.taskId === taskId)?.resolved;
  return resolved?.kind === "task" ? resolved.task : assert.fail(`${taskId}: ${JSON.stringify(resolved)}`);
}

/** What is wrong with a task, and how the others were read. */
function faultsOf({ members }: ResolvedGroup): Record<string, string> {
  return Object.fromEntries(
    members.map(({ taskId, resolved }) => [taskId, resolved.kind === "fault" ? resolved.fault.message : "fine"]),
  );
}

test("every container of a group bears its label", () => {
  const group = read({ a: {}, b: {} }, { container: { type: 2, networkInfos: [{ name: "web" }] } });
  assert.deepEqual(taskOf(group, "b").labels, { "mesos-docker.task": "b", "mesos-docker.group": "g" });
  assert.equal(taskOf(group, "b").groupId, "g");
  assert.deepEqual(group.infra?.labels, { "mesos-docker.task": "group of g", "mesos-docker.group": "g" });
  assert.match(group.infra?.name ?? "", /^group-g-[0-9a-f]{8}$/);
});

test("the network of the executor's container is the group's, with its host name and ports", () => {
  const networkInfos = [{ name: "web", portMappings: [{ hostPort: 31_000, containerPort: 80, protocol: "TCP" }] }];
  const executor = {
    container: { type: 2 as const, hostname: "pod", networkInfos },
    resources: [ports([31_000, 31_000])],
  };
  const { infra, ...group } = read({ a: {} }, executor);
  assert.equal(infra?.spec.container.HostConfig?.NetworkMode, "web");
  assert.equal(infra?.spec.container.Hostname, "pod");
  assert.deepEqual(infra?.spec.ports, [{ hostPort: 31_000, containerPort: 80, protocol: "tcp" }]);
  assert.equal(taskOf(group, "a").spec.networkInfo?.name, "web");
});

test("ports of the executor's network may be its tasks' as well", () => {
  const networkInfos = [{ portMappings: [{ hostPort: 31_000, containerPort: 80 }] }];
  const { infra } = read(
    { a: {}, b: { resources: [ports([31_000, 31_000])] } },
    { container: { type: 2, networkInfos } },
  );
  assert.equal(infra?.spec.container.HostConfig?.NetworkMode, "bridge");
  assert.equal(infra?.spec.ports[0]?.hostPort, 31_000);
});

test("a group without a network is in the host's, and its tasks know the agent's address", () => {
  const group = read({ a: {} });
  assert.equal(group.infra, undefined);
  const { container } = taskOf(group, "a").spec;
  assert.equal(container.HostConfig?.NetworkMode, "host");
  assert.ok(container.Env?.includes("MESOS_CONTAINER_IP=10.0.0.1"));
});

test("a task's network is that of its group, by network_infos or by its document", () => {
  const networkInfos = [{ name: "web", portMappings: [{ hostPort: 31_000, containerPort: 80 }] }];
  const one = { container: inMesos({ networkInfos }), resources: [ports([31_000, 31_000])] };
  const two = { data: formatDocument({ network: "web", hostname: "pod" }) };
  const { infra } = read({ a: one, b: two, c: {} });
  assert.equal(infra?.spec.container.HostConfig?.NetworkMode, "web");
  assert.equal(infra?.spec.container.Hostname, "pod");
  assert.equal(infra?.spec.ports.length, 1);
});

test("a task of a group has a sandbox of its own, and its executor's by PARENT", () => {
  const volume = (type: SandboxPathType, path: string) => ({
    mode: Volume_Mode.RW,
    containerPath: `/${path}`,
    source: { type: SourceType.SANDBOX_PATH, sandboxPath: { type, path } },
  });
  const volumes = [
    volume(1, "self"),
    volume(2, "parent"),
    { mode: Volume_Mode.RO, hostPath: "rel", containerPath: "/rel" },
  ];
  const persistent = {
    name: "disk",
    type: Value_Type.SCALAR,
    scalar: { value: 1 },
    disk: { persistence: { id: "p" }, volume: { mode: Volume_Mode.RW, containerPath: "data" } },
  };
  const group = read({ a: { container: inMesos({ volumes }), resources: [persistent] } });
  const mounts = taskOf(group, "a").spec.mounts.map((mount) => [mount.target, mount.kind === "host" ? mount.path : ""]);
  assert.deepEqual(mounts, [
    ["/self", "/sandbox/tasks/a/self"],
    ["/parent", "/sandbox/parent"],
    ["/rel", "/sandbox/tasks/a/rel"],
    ["/mnt/mesos/sandbox/data", "/sandbox/data"],
    ["/mnt/mesos/sandbox", "/sandbox/tasks/a"],
  ]);
  const last = taskOf(group, "a").spec.mounts.at(-1);
  assert.ok(last?.kind === "host");
  assert.deepEqual([last.chosenBy, last.roots, last.missing], ["agent", ["/sandbox"], "made for the owner"]);
});

test("the parent of a task of a group is its group", () => {
  const linuxInfo = { sharePidNamespace: true, ipcMode: IpcMode.SHARE_PARENT };
  const { infra, ...group } = read({ a: { container: inMesos({ linuxInfo }) }, b: {} });
  const { HostConfig = {} } = taskOf(group, "a").spec.container;
  assert.deepEqual([HostConfig.PidMode, HostConfig.IpcMode], ["container:", "container:"]);
  assert.equal(infra?.spec.container.HostConfig?.NetworkMode, "host");
});

const refusals: [title: string, task: TaskInit, message: string][] = [
  [
    "URIs",
    { command: { value: "true", uris: [{ value: "http://x/" }] } },
    "command.uris (nobody fetches them: give them to ExecutorInfo.command)",
  ],
  [
    "a container of type DOCKER",
    { container: { docker: { image: "busybox" } } },
    "container.docker (the image of a group's task is container.mesos.image)",
  ],
];
for (const [title, task, message] of refusals) {
  test(`a task of a group is refused that has ${title}`, () => {
    const faults = faultsOf(read({ a: {}, b: task }));
    assert.deepEqual(faults, { a: "fine", b: `Cannot honour TaskInfo fields in a task group: ${message}` });
  });
}

test("a task that is in the way of the others is told so, and the others are not", () => {
  const inNetwork = (name: string) => ({ container: inMesos({ networkInfos: [{ name }] }) });
  const faults = faultsOf(read({ a: inNetwork("one"), b: inNetwork("two") }));
  const found = 'Cannot use network "two" (TaskInfo.container network): its task group is in "one"';
  assert.deepEqual(faults, { a: "fine", b: found });
});

const networkRefusals: [title: string, networkInfos: NonNullable<ContainerInit["networkInfos"]>, message: string][] = [
  [
    "a port that nobody was offered",
    [{ portMappings: [{ hostPort: 31_009, containerPort: 80 }] }],
    "Port [31009] not included in resources (ExecutorInfo.container)",
  ],
  [
    "two networks",
    [{ name: "one" }, { name: "two" }],
    "Cannot use ExecutorInfo.container.network_infos: a task group has a single network",
  ],
];
for (const [title, networkInfos, message] of networkRefusals) {
  test(`${title} of the executor's container is told of the first task`, () => {
    const faults = faultsOf(read({ a: {}, b: {} }, { container: { type: 2, networkInfos } }));
    assert.deepEqual(faults, { a: message, b: "fine" });
  });
}

test("an error that is nobody's but ours is thrown on", () => {
  const broken = createTask({ container: inMesos() });
  const place = {
    groupId: "g",
    executorInfo: create(ExecutorInfoSchema, { executorId: { value: "e1" } }),
    hostAddress: "",
    readMember: () => {
      throw new RangeError("ours");
    },
    toLabels: () => ({}),
  };
  assert.throws(() => readGroup([broken], place), RangeError);
});
