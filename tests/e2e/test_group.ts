import { formatDocument } from "../../src/executor/translation/document.ts";
import type { EmbeddedAgent, ExecutorInit } from "../../src/mesos/embedded/mod.ts";
import { ContainerInfo_Type, ExecutorInfo_Type, Image_Type, type NetworkInfo } from "../../src/mesos/protocol.ts";
import type { DockerBench } from "./cases.ts";
import type { TestCluster } from "./test_cluster.ts";
import { type ContainerInit, type FullTask, type TestTask, toExecutor, toTask } from "./test_task.ts";

type Plain<T> = Extract<T, { $typeName?: never }>;

/** A network as it is written down. */
export type NetworkInit = Plain<NonNullable<ContainerInit["networkInfos"]>[number]>;

/** A task of a group as a test describes it. */
export interface TestMember extends Pick<TestTask, "image" | "graceMs" | "offeredPorts" | "info" | "document" | "mem"> {
  /** A line for the container's shell. */
  shell: string;
  volumes?: NonNullable<ContainerInit["volumes"]>;
  linuxInfo?: Plain<NonNullable<ContainerInit["linuxInfo"]>>;
  network?: NetworkInit;
}

/** A group as a test describes it. */
export interface TestGroup {
  /** Of the group's executor. */
  executorId?: string;
  /** Of ExecutorInfo.container; Docker's bridge unless given, and none for `host`. */
  network?: NetworkInit | "host";
  hostname?: string;
  environment?: Readonly<Record<string, string>>;
}

/** Docker's own bridge. */
export const bridge: Plain<NetworkInfo> | NetworkInit = { name: "bridge" };

/** Launches a group in an executor of its own, as a framework would: tasks of type MESOS with a command each. */
export function launchGroup(
  cluster: TestCluster,
  bench: DockerBench,
  members: Readonly<Record<string, TestMember>>,
  group: TestGroup = {},
): void {
  const { agent } = cluster;
  const executor = toGroupExecutor(group, agent, bench);
  const tasks = Object.entries(members).map(([taskId, member]) => toMember(taskId, member, { agent, bench, executor }));
  agent.launchGroup(cluster.frameworkId, executor, tasks);
}

function toGroupExecutor(group: TestGroup, agent: EmbeddedAgent, bench: DockerBench): ExecutorInit {
  const { executorId = "group", network = bridge, hostname, environment = {} } = group;
  const networkInfos = network === "host" ? [] : [network];
  return {
    ...(toExecutor(executorId, { shell: "", environment }, agent, bench) as Plain<ExecutorInit>),
    type: ExecutorInfo_Type.CUSTOM,
    container: { type: ContainerInfo_Type.MESOS, networkInfos, ...(hostname === undefined ? {} : { hostname }) },
  };
}

function toMember(taskId: string, member: TestMember, place: Parameters<typeof toTask>[2]): FullTask {
  const { shell, volumes = [], linuxInfo, network, image = place.bench.image, info = {}, document, ...rest } = member;
  const task = toTask(taskId, { ...rest, describedBy: "info and words" }, place);
  return {
    ...task,
    command: { value: shell },
    ...(document ? { data: formatDocument(document) } : {}),
    container: {
      type: ContainerInfo_Type.MESOS,
      mesos: { image: { type: Image_Type.DOCKER, docker: { name: image }, cached: true } },
      volumes,
      ...(linuxInfo ? { linuxInfo } : {}),
      ...(network ? { networkInfos: [network] } : {}),
    },
    ...info,
  };
}
