import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { formatState, isTerminal } from "../../src/cluster/task_end.ts";
import { formatEngineAddress } from "../../src/docker/mod.ts";
import { formatDocument } from "../../src/executor/mod.ts";
import {
  type EmbeddedAgent,
  type ExecutorInit,
  openEmbeddedAgent,
  type TaskInit,
  toSandboxPath,
} from "../../src/mesos/embedded/mod.ts";
import {
  ContainerInfo_DockerInfo_Network,
  ContainerInfo_Type,
  type TaskInfo,
  TaskState,
  Volume_Mode,
} from "../../src/mesos/protocol.ts";
import { readOwnUserName } from "../../src/runtime/own_user.ts";
import { ExecutorProcesses } from "./executor_processes.ts";
import type { Bench } from "./row.ts";
import { type Arrival, StatusBook } from "./status_book.ts";

/** How long anything of a task may take before the measurement is given up. */
const patienceMs = 60_000;

/** Label of every container that belongs to a framework; see `toLabels()`. */
const frameworkLabel = "mesos-docker.framework";

/** Pause between looks at a container that is being removed. */
const pollMs = 5;

const atOnce = { gracePeriod: { nanoseconds: 0n } };

/** A task as it is written down for a launch. */
export type BenchTask = Exclude<TaskInit, TaskInfo>;

/** What the container of a task does. */
export interface BenchWork {
  readonly command: readonly string[];
  /** Further words of the document in TaskInfo.data. */
  readonly document?: Parameters<typeof formatDocument>[0];
  /** Folder of the host that the container finds as `/data`. */
  readonly dataDir?: string;
  /** Quota of its output, in MB. */
  readonly diskMb?: number;
  /** Another image than the bench's. */
  readonly image?: string;
}

const sleeping: BenchWork = { command: ["sleep", "1000"] };

/** What an inspection says of a container, as far as it is read here. */
export interface Inspection {
  readonly Id: string;
  readonly Created: string;
  readonly State: { readonly StartedAt: string };
}

/** The container of a task, from its TASK_RUNNING: a JSON array of one inspection. */
export function readInspection(running: Arrival): Inspection {
  const [inspection] = JSON.parse(new TextDecoder().decode(running.status.data)) as [Inspection];
  return inspection;
}

/** Opens an agent whose executors are the compiled program; `name` is that of its folder in the bench's. */
export async function openCluster(
  bench: Bench,
  name: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  const processes = new ExecutorProcesses();
  const workDir = join(bench.workDir, name);
  const agent = await openEmbeddedAgent({
    workDir,
    resources: { cpus: 1000, mem: 1_000_000, disk: 1_000_000, ports: [] },
    executorEnvironment: { DOCKER_HOST: formatEngineAddress(bench.engineAddress), ...variables },
    containerizer: processes.containerizer,
    observe: processes.observe,
  });
  return new Cluster(bench, { agent, processes, workDir });
}

/** A Mesos agent in this process. Leaving its scope ends its executors, and removes all containers of its framework. */
export class Cluster implements AsyncDisposable {
  readonly frameworkId: string;
  readonly agentId: string;
  readonly processes: ExecutorProcesses;
  readonly #bench: Bench;
  readonly #agent: EmbeddedAgent;
  readonly #workDir: string;
  readonly #statuses = new StatusBook();
  readonly #reading: Promise<void>;
  readonly #executors = new Map<string, ExecutorInit>();
  /** Tasks that have not ended, with their executors. */
  readonly #live = new Map<string, string>();

  constructor(bench: Bench, parts: { agent: EmbeddedAgent; processes: ExecutorProcesses; workDir: string }) {
    this.#bench = bench;
    this.#agent = parts.agent;
    this.#workDir = parts.workDir;
    this.processes = parts.processes;
    this.agentId = parts.agent.agentInfo.id?.value ?? "";
    this.frameworkId = parts.agent.registerFramework({ user: readOwnUserName(), name: "bench" });
    this.#reading = this.#statuses.read(parts.agent.updates());
  }

  /** A small task for {@link launch}, with what it needs allocated. */
  prepare(taskId: string, executorId: string, work: BenchWork = sleeping): BenchTask {
    const { command, document, dataDir, diskMb = 1, image = this.#bench.image } = work;
    return {
      name: command[0] ?? "",
      taskId: { value: taskId },
      agentId: { value: this.agentId },
      resources: this.#agent.allocate({ cpus: 0.1, mem: 32, disk: diskMb }),
      executor: this.#describeExecutor(executorId),
      data: formatDocument({ ...document, command: [...command] }),
      container: {
        type: ContainerInfo_Type.DOCKER,
        // Mesos' default, and the start that is fastest: our share of the time is largest.
        docker: { image, network: ContainerInfo_DockerInfo_Network.HOST },
        ...(dataDir === undefined
          ? {}
          : { volumes: [{ containerPath: "/data", hostPath: dataDir, mode: Volume_Mode.RO }] }),
      },
    };
  }

  /** Has an executor at work: one task stays, for without any it ends. */
  async keep(executorId: string): Promise<BenchTask> {
    const keeper = this.prepare("keeper", executorId);
    this.launch(keeper);
    await this.reach("keeper", TaskState.TASK_RUNNING);
    return keeper;
  }

  /** Hands the task to its executor, which is started when it does not run. */
  launch(task: BenchTask): void {
    this.#agent.launch(this.frameworkId, task);
    this.#live.set(task.taskId?.value ?? "", task.executor?.executorId?.value ?? "");
  }

  /** The task's status of this state; throws when it does not come, with what its executor wrote on stderr. */
  async reach(taskId: string, state: TaskState): Promise<Arrival> {
    try {
      return await this.#statuses.reach(taskId, (status) => status.state === state, { signal: this.#patience() });
    } catch (cause) {
      const stderr = await readFile(join(this.sandboxOf(this.#live.get(taskId) ?? ""), "stderr"), "utf8").catch(
        () => "", // It was not even started.
      );
      const found = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot see ${formatState(state)} of task "${taskId}": ${found} ${stderr}`.trimEnd(), { cause });
    }
  }

  /** The task's TASK_FINISHED; its container is removed after that. */
  async finish(taskId: string): Promise<Arrival> {
    const finished = await this.reach(taskId, TaskState.TASK_FINISHED);
    this.#live.delete(taskId);
    return finished;
  }

  /** Kills a running task at once; resolves when its container has been removed, too. */
  async remove(running: Arrival): Promise<void> {
    await this.kill(running);
    const signal = this.#patience();
    const { Id } = readInspection(running);
    while (await this.#bench.engine.inspectContainer(Id, { signal })) await Bun.sleep(pollMs);
  }

  /** Kills a running task at once; gives its end, before its container is removed. */
  async kill(running: Arrival): Promise<Arrival> {
    const taskId = running.status.taskId?.value ?? "";
    this.#agent.kill(this.frameworkId, taskId, atOnce);
    const ended = await this.#statuses.reach(taskId, isTerminal, { signal: this.#patience() });
    this.#live.delete(taskId);
    return ended;
  }

  /** Resolves when the executor's process has ended: it does so after its last task. */
  async exit(executorId: string): Promise<void> {
    await this.#statuses.exit(executorId, { signal: this.#patience() });
  }

  /** The folder that is mounted into the containers of an executor. */
  sandboxOf(executorId: string): string {
    const { agentId, frameworkId } = this;
    return toSandboxPath(this.#workDir, { agentId, frameworkId, executorId, containerId: "latest" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The tasks first: SHUTDOWN alone would give each container a grace that `sleep` does not use.
    for (const taskId of this.#live.keys()) this.#agent.kill(this.frameworkId, taskId, atOnce);
    await this.#agent[Symbol.asyncDispose]();
    await this.#reading;
    // Also what the peer, or an executor that had to be killed, has left behind.
    const labels = [`${frameworkLabel}=${this.frameworkId}`];
    for (const { Id } of await this.#bench.engine.listContainers({ all: true, labels })) {
      await this.#bench.engine.removeContainer(Id, { force: true, volumes: true });
    }
  }

  /** The same words each time: agents refuse a task that describes its executor otherwise than the first did. */
  #describeExecutor(executorId: string): ExecutorInit {
    const { binary } = this.#bench;
    const executor = this.#executors.get(executorId) ?? {
      executorId: { value: executorId },
      resources: this.#agent.allocate({ cpus: 0.1, mem: 64, disk: 1 }),
      command: { shell: false, value: binary, arguments: [binary, "executor"] },
    };
    this.#executors.set(executorId, executor);
    return executor;
  }

  #patience(): AbortSignal {
    return AbortSignal.any([this.#bench.signal, AbortSignal.timeout(patienceMs)]);
  }
}
