import { formatDocument, type TaskDocument } from "../../src/executor/translation/document.ts";
import type { AllocationRequest, EmbeddedAgent, ExecutorInit, TaskInit } from "../../src/mesos/embedded/mod.ts";
import {
  ContainerInfo_DockerInfo_Network,
  ContainerInfo_Type,
  type TaskInfo,
  Volume_Mode,
} from "../../src/mesos/protocol.ts";
import type { DockerBench } from "./cases.ts";

/** A task as it is written down in full. */
export type FullTask = Exclude<TaskInit, TaskInfo>;

/** TaskInfo.container as it is written down. */
export type ContainerInit = Exclude<NonNullable<FullTask["container"]>, NonNullable<TaskInfo["container"]>>;

/** A variable of an executor's command as it is written down. */
export type VariableInit = NonNullable<
  NonNullable<NonNullable<Extract<ExecutorInit, { $typeName?: never }>["command"]>["environment"]>["variables"]
>[number];

/** A task as a test describes it. */
export interface TestTask {
  /** A line for the container's shell. */
  shell?: string;
  /** Goes in the place of the shell. */
  command?: readonly string[];
  /** Another than the bench's. */
  image?: string;
  /** Executor that several tasks share; one of the task's own unless given. */
  executorId?: string;
  /** None unless given: a container starts sooner without. */
  network?: "host" | "bridge" | "none" | { name: string };
  ports?: readonly { hostPort: number; containerPort: number; protocol?: string }[];
  /** Ports that the task has without mapping them in DockerInfo. */
  offeredPorts?: readonly number[];
  cpus?: number;
  mem?: number;
  /** What it has beside cpus, memory and ports. */
  resources?: Pick<AllocationRequest, "disk" | "gpus" | "custom" | "volumes" | "role">;
  limits?: Readonly<Record<string, number>>;
  volumes?: readonly { hostPath: string; containerPath: string }[];
  /** DockerInfo.parameters; see {@link flags}. */
  parameters?: readonly { key: string; value: string }[];
  /** What the document says beside the command. */
  document?: Omit<TaskDocument, "mesosDocker" | "command">;
  /** Fields of TaskInfo.container, in the place of what is said of it above. */
  container?: ContainerInit;
  /** Fields of TaskInfo, in the place of all that is said of it above. */
  info?: Partial<FullTask>;
  /** The task's own kill policy. */
  graceMs?: number;
  /** Variables of ExecutorInfo.command. */
  environment?: Readonly<Record<string, string>>;
  /** The same in full. */
  variables?: readonly VariableInit[];
  /** Whether container and data say what to run, as they do unless a test says otherwise, or `info` and words alone. */
  describedBy?: "container and data" | "info and words";
  /** Words of the executor's command line, `IMAGE ARG…` or `ARG…`. The host's shell splits them. */
  words?: readonly string[];
  /** What the host's shell does before it becomes the executor. */
  prelude?: string;
  /** Files that the agent fetches into the sandbox, each with its name there. */
  files?: Readonly<Record<string, string>>;
  /** User of the executor. */
  user?: string;
}

/** DockerInfo.parameters from texts such as `ulimit=nofile=64`; the first `=` ends the key. */
export function flags(...texts: readonly string[]): { key: string; value: string }[] {
  return texts.map((text) => {
    const [key = "", ...value] = text.split("=");
    return { key, value: value.join("=") };
  });
}

const networks = {
  host: ContainerInfo_DockerInfo_Network.HOST,
  bridge: ContainerInfo_DockerInfo_Network.BRIDGE,
  none: ContainerInfo_DockerInfo_Network.NONE,
} as const;

/** An executor as a framework would name it: the compiled program, which the agent fetches. */
export function toExecutor(
  executorId: string,
  task: TestTask,
  agent: EmbeddedAgent,
  { binary }: DockerBench,
): ExecutorInit {
  const { words = [], prelude = "", resources: { role } = {} } = task;
  const variables = Object.entries(task.environment ?? {}).map(([name, value]) => ({ name, value }));
  return {
    executorId: { value: executorId },
    resources: agent.allocate({ cpus: 0.1, mem: 64, disk: 32, ...(role === undefined ? {} : { role }) }),
    command: {
      value: `${prelude} ${["exec", "./mesos-docker", ...words].join(" ")}`.trim(),
      uris: [
        { value: `file://${binary}`, executable: true, outputFile: "mesos-docker" },
        ...Object.entries(task.files ?? {}).map(([outputFile, path]) => ({
          value: `file://${path}`,
          outputFile,
          extract: false,
        })),
      ],
      environment: { variables: [...variables, ...(task.variables ?? [])] },
      ...(task.user === undefined ? {} : { user: task.user }),
    },
  };
}

/** The task that a framework would launch: the image in TaskInfo.container, the command in TaskInfo.data. */
export function toTask(
  taskId: string,
  task: TestTask,
  place: { agent: EmbeddedAgent; bench: DockerBench; executor: ExecutorInit },
): FullTask {
  const { agent, bench, executor } = place;
  const { cpus = 0.1, mem = 64, ports = [], offeredPorts = [], graceMs } = task;
  const hostPorts = [...ports.map(({ hostPort }) => hostPort), ...offeredPorts];
  return {
    name: taskId,
    taskId: { value: taskId },
    agentId: { value: agent.agentInfo.id?.value ?? "" },
    executor,
    // More than the program itself, which lies in the sandbox and is counted.
    resources: agent.allocate({ cpus, mem, disk: 64, ports: hostPorts, ...task.resources }),
    limits: Object.fromEntries(Object.entries(task.limits ?? {}).map(([name, value]) => [name, { value }])),
    ...(task.describedBy === "info and words" ? {} : describe(task, bench)),
    ...(graceMs === undefined ? {} : { killPolicy: { gracePeriod: { nanoseconds: BigInt(graceMs) * 1_000_000n } } }),
    ...task.info,
  };
}

function describe(task: TestTask, bench: DockerBench): Pick<FullTask, "data" | "container"> {
  const { ports = [], volumes = [], parameters = [], network = "none", shell = "true" } = task;
  const command = [...(task.command ?? ["sh", "-c", shell])];
  return {
    data: formatDocument({ command, ...task.document }),
    container: {
      type: ContainerInfo_Type.DOCKER,
      volumes: volumes.map((volume) => ({ ...volume, mode: Volume_Mode.RW })),
      networkInfos: typeof network === "string" ? [] : [network],
      docker: {
        image: task.image ?? bench.image,
        network: typeof network === "string" ? networks[network] : ContainerInfo_DockerInfo_Network.USER,
        parameters: [...parameters],
        portMappings: ports.map((port) => ({ protocol: "tcp", ...port })),
      },
      ...task.container,
    },
  };
}
