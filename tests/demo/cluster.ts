import { join } from "node:path";
import process from "node:process";
import { formatState, isTerminal } from "../../src/cluster/task_end.ts";
import { type EmbeddedAgent, openEmbeddedAgent, type TaskInit, toSandboxPath } from "../../src/mesos/embedded/mod.ts";
import {
  FrameworkInfo_Capability_Type,
  type TaskInfo,
  type TaskState,
  type TaskStatus,
} from "../../src/mesos/protocol.ts";
import { readOwnUserName } from "../../src/runtime/own_user.ts";

/** The agent of the demo, and what a framework of three tasks needs of it. */
export interface Cluster extends AsyncDisposable {
  readonly agent: EmbeddedAgent;
  /** Launches a task with an executor of its own, fetched from the compiled binary. */
  launch(task: Exclude<TaskInit, TaskInfo>, taskId: string): void;
  /** The task's status once it has that state; throws when it ends in another. */
  reach(taskId: string, state: TaskState): Promise<TaskStatus>;
  /** A file in the sandbox of a task's executor. */
  sandboxFile(taskId: string, name: string): string;
  kill(taskId: string): void;
}

/** Opens the agent; every status is handed to `tell` as it comes. */
export async function openCluster(options: {
  binary: string;
  workDir: string;
  tell: (line: string) => void;
}): Promise<Cluster> {
  const agent = await openEmbeddedAgent({
    workDir: options.workDir,
    resources: { cpus: 2, mem: 1024, disk: 1024, ports: [{ begin: 31_000, end: 31_010 }] },
    executorEnvironment: process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {},
  });
  const frameworkId = agent.registerFramework({
    user: readOwnUserName(),
    name: "demo",
    capabilities: [{ type: FrameworkInfo_Capability_Type.TASK_KILLING_STATE }],
  });
  const agentId = agent.agentInfo.id?.value ?? "";
  const statuses = new StatusBook(agent, options.tell);
  return {
    agent,
    launch: (task, taskId) =>
      agent.launch(frameworkId, {
        ...task,
        agentId: { value: agentId },
        executor: {
          executorId: { value: taskId },
          resources: agent.allocate({ cpus: 0.1, mem: 64, disk: 32 }),
          command: {
            value: "exec ./mesos-docker executor",
            uris: [{ value: `file://${options.binary}`, executable: true, outputFile: "mesos-docker" }],
          },
        },
      }),
    reach: (taskId, state) => statuses.reach(taskId, state),
    kill: (taskId) => agent.kill(frameworkId, taskId),
    sandboxFile: (taskId, name) =>
      join(toSandboxPath(options.workDir, { agentId, frameworkId, executorId: taskId, containerId: "latest" }), name),
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  };
}

/** Keeps every status of every task, and wakes whoever waits for one. */
class StatusBook {
  readonly #seen: TaskStatus[] = [];
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  constructor(agent: EmbeddedAgent, tell: (line: string) => void) {
    void this.#read(agent, tell);
  }

  async reach(taskId: string, state: TaskState): Promise<TaskStatus> {
    for (;;) {
      const own = this.#seen.filter((status) => status.taskId?.value === taskId);
      const found = own.find((status) => status.state === state);
      if (found) return found;
      const end = own.find(isTerminal);
      if (end) throw new Error(`Task ${taskId} ended with ${formatState(end.state)}: ${end.message || "no message"}`);
      if (this.#isOver) throw new Error(`Task ${taskId} was not finished: the agent has stopped`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async #read(agent: EmbeddedAgent, tell: (line: string) => void): Promise<void> {
    for await (const report of agent.updates()) {
      if (report.kind !== "update") continue;
      this.#seen.push(report.status);
      const { taskId, state, message } = report.status;
      tell(`  status of ${taskId?.value}: ${formatState(state)}${message ? ` (${message})` : ""}`);
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
