import { formatDocument } from "../../src/executor/translation/document.ts";
import type { EmbeddedAgent, ExecutorInit, TaskInit } from "../../src/mesos/embedded/mod.ts";
import {
  ContainerInfo_DockerInfo_Network,
  ContainerInfo_Type,
  type TaskInfo,
  Volume_Mode,
} from "../../src/mesos/protocol.ts";
import type { DockerBench } from "./cases.ts";

/** A task as a test describes it. */
export interface TestTask {
  /** A line for the container's shell. */
  shell: string;
  /** Goes in the place of the shell. */
  command?: readonly string[];
  /** Another than the bench's. */
  image?: string;
  /** Executor that several tasks share; one of the task's own unless given. */
  executorId?: string;
  /** None unless given: a container starts sooner without. */
  network?: "host" | "bridge" | "none" | { name: string };
  ports?: readonly { hostPort: number; containerPort: number; protocol?: string }[];
  cpus?: number;
  mem?: number;
  limits?: Readonly<Record<string, number>>;
  volumes?: readonly { hostPath: string; containerPath: string }[];
  /** DockerInfo.parameters. */
  parameters?: readonly { key: string; value: string }[];
  /** The task's own kill policy. */
  graceMs?: number;
  /** Variables of ExecutorInfo.command. */
  environment?: Readonly<Record<string, string>>;
  /** What says what to run: the task, or the executor's command line as in Marathon (`IMAGE ARG…`). */
  describedBy?: "task" | "arguments";
  /** User of the executor. */
  user?: string;
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
  { binary, image }: DockerBench,
): ExecutorInit {
  const words = task.describedBy === "arguments" ? [image, "sh", "-c", `'${task.shell}'`] : [];
  const variables = Object.entries(task.environment ?? {}).map(([name, value]) => ({ name, value }));
  return {
    executorId: { value: executorId },
    resources: agent.allocate({ cpus: 0.1, mem: 64, disk: 32 }),
    command: {
      value: ["exec", "./mesos-docker", ...words].join(" "),
      uris: [{ value: `file://${binary}`, executable: true, outputFile: "mesos-docker" }],
      environment: { variables },
      ...(task.user === undefined ? {} : { user: task.user }),
    },
  };
}

/** The task that a framework would launch: the image in TaskInfo.container, the command in TaskInfo.data. */
export function toTask(
  taskId: string,
  task: TestTask,
  place: { agent: EmbeddedAgent; bench: DockerBench; executor: ExecutorInit },
): Exclude<TaskInit, TaskInfo> {
  const { agent, bench, executor } = place;
  const { cpus = 0.1, mem = 64, ports = [], graceMs } = task;
  return {
    name: taskId,
    taskId: { value: taskId },
    agentId: { value: agent.agentInfo.id?.value ?? "" },
    executor,
    resources: agent.allocate({ cpus, mem, disk: 16, ports: ports.map(({ hostPort }) => hostPort) }),
    limits: Object.fromEntries(Object.entries(task.limits ?? {}).map(([name, value]) => [name, { value }])),
    ...(task.describedBy === "arguments" ? {} : describe(task, bench)),
    ...(graceMs === undefined ? {} : { killPolicy: { gracePeriod: { nanoseconds: BigInt(graceMs) * 1_000_000n } } }),
  };
}

function describe(task: TestTask, bench: DockerBench): Pick<Exclude<TaskInit, TaskInfo>, "data" | "container"> {
  const { ports = [], volumes = [], parameters = [], network = "none", command = ["sh", "-c", task.shell] } = task;
  return {
    data: formatDocument({ command }),
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
    },
  };
}
