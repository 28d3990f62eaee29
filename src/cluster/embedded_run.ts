import { randomInt } from "node:crypto";
import { join } from "node:path";
import {
  type AgentReport,
  type EmbeddedAgent,
  type ExecutorInit,
  openEmbeddedAgent,
  type PortRange,
  type TaskInit,
  toSandboxPath,
} from "../mesos/embedded/mod.ts";
import { FrameworkInfo_Capability_Type, type TaskStatus } from "../mesos/protocol.ts";
import type { Clock } from "../runtime/clock.ts";
import { followFile } from "../runtime/file_follower.ts";
import { findFreePorts } from "../runtime/free_ports.ts";
import type { Log } from "../runtime/log.ts";
import { readOwnUserName } from "../runtime/own_user.ts";
import type { RunRequest } from "./run_request.ts";
import { toTaskInfo } from "./run_task.ts";
import { isTerminal, toExitCode } from "./task_end.ts";

/** What becomes visible of a run. */
export interface RunObserver {
  /** A status of a task, in order. */
  status(status: TaskStatus): void;
  /** Output of an instance as it comes; `instance` counts from 0. */
  output(instance: number, stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void>;
}

/** What a run on an embedded agent needs. */
export interface EmbeddedRunOptions {
  /** Words that start the executor. */
  executorCommand: readonly string[];
  /** Environment of the executor alone, not of its containers: e.g. DOCKER_HOST. */
  executorEnvironment: Readonly<Record<string, string>>;
  /** Sandboxes are made below it. */
  workDir: string;
  clock: Clock;
  log: Log;
  observer: RunObserver;
  /** Aborted to kill every task with its grace. */
  stop: AbortSignal;
  /** Aborted to kill every task at once. */
  stopNow: AbortSignal;
}

/** Ports that agents offer by default (`--resources`). */
const offeredPorts = { begin: 31_000, end: 32_000 };

/** What an executor is given for itself, beside its task. */
const executorResources = { cpus: 0.1, mem: 64, disk: 32 };

/**
 * Runs a request on an agent of its own, one executor for each instance, until every instance has ended; gives the exit
 * code: the first that is not 0 of the containers', or 1 for a task that failed without one.
 */
export async function runEmbedded(request: RunRequest, options: EmbeddedRunOptions): Promise<number> {
  const hostPorts = await chooseHostPorts(request);
  await using agent = await openEmbeddedAgent({
    workDir: options.workDir,
    resources: toResources(request, hostPorts),
    executorEnvironment: options.executorEnvironment,
    clock: options.clock,
    log: options.log,
  });
  const frameworkId = agent.registerFramework({
    user: readOwnUserName(),
    name: "mesos-docker run",
    capabilities: [{ type: FrameworkInfo_Capability_Type.TASK_KILLING_STATE }],
  });
  const reports = agent.updates();
  const taskIds = hostPorts.map((ports, instance) => launch(agent, frameworkId, request, options, instance, ports));
  const killAll = (graceMs: number) => {
    const killPolicy = { gracePeriod: { nanoseconds: BigInt(Math.round(graceMs * 1e6)) } };
    for (const taskId of taskIds) agent.kill(frameworkId, taskId, killPolicy);
  };
  // Until the agent closes: one that is closing takes no wishes.
  using _stop = whenAborted(options.stop, () => killAll(request.graceMs));
  using _stopNow = whenAborted(options.stopNow, () => killAll(0));
  const agentId = agent.agentInfo.id?.value ?? "";
  const ended = new AbortController();
  const following = Promise.all(
    taskIds.flatMap((taskId, instance) =>
      (["stdout", "stderr"] as const).map(async (stream) => {
        const owner = { agentId, frameworkId, executorId: taskId, containerId: "latest" };
        const path = join(toSandboxPath(options.workDir, owner), stream);
        const bytes = followFile(path, { clock: options.clock, ended: ended.signal });
        for await (const chunk of bytes) await options.observer.output(instance, stream, chunk);
      }),
    ),
  );
  // Whoever read the output has gone away: nobody wants the tasks any more. The error itself is thrown below.
  following.catch(() => killAll(request.graceMs));
  const exitCode = await waitForEnds(reports, taskIds, options.observer);
  ended.abort(new Error("every task has ended"));
  await following;
  return exitCode;
}

/** Reads statuses until every task has a terminal one and every executor is gone. */
async function waitForEnds(
  reports: AsyncIterable<AgentReport>,
  taskIds: readonly string[],
  observer: RunObserver,
): Promise<number> {
  const exitCodes = new Map<string, number>();
  const executors = new Set(taskIds);
  for await (const report of reports) {
    if (report.kind === "exit") executors.delete(report.executorId);
    if (report.kind === "update") {
      observer.status(report.status);
      if (isTerminal(report.status)) exitCodes.set(report.status.taskId?.value ?? "", toExitCode(report.status));
    }
    if (exitCodes.size === taskIds.length && executors.size === 0) break;
  }
  return [...exitCodes.values()].find((exitCode) => exitCode !== 0) ?? 0;
}

function launch(
  agent: EmbeddedAgent,
  frameworkId: string,
  request: RunRequest,
  options: EmbeddedRunOptions,
  instance: number,
  hostPorts: readonly number[],
): string {
  const taskId = `${request.name}.${instance + 1}`;
  agent.launch(
    frameworkId,
    createTask(agent, request, { taskId, executorCommand: options.executorCommand, hostPorts }),
  );
  return taskId;
}

/** One instance as it is launched on an agent, with what the agent offers. */
export function createTask(
  agent: EmbeddedAgent,
  request: RunRequest,
  place: { taskId: string; executorCommand: readonly string[]; hostPorts: readonly number[] },
): TaskInit {
  const { taskId, hostPorts } = place;
  const [program = "", ...args] = place.executorCommand;
  const executor: ExecutorInit = {
    executorId: { value: taskId },
    name: "mesos-docker",
    resources: agent.allocate(executorResources),
    command: {
      shell: false,
      value: program,
      arguments: [program, ...args, "executor"],
    },
  };
  const resources = agent.allocate({
    cpus: request.cpus,
    mem: request.mem,
    ...(request.disk === undefined ? {} : { disk: request.disk }),
    ports: [...new Set(hostPorts)],
  });
  return toTaskInfo(request, { taskId, agentId: agent.agentInfo.id?.value ?? "", resources, hostPorts, executor });
}

/** Host ports of each instance, in the order of the request's ports: those asked for, else free ones of the offer. */
export async function chooseHostPorts(request: RunRequest): Promise<number[][]> {
  const asked = new Set(request.ports.flatMap(({ hostPort }) => (hostPort === undefined ? [] : [hostPort])));
  const missing = request.ports.filter(({ hostPort }) => hostPort === undefined).length * request.instances;
  // From anywhere: runs that are started at the same time would otherwise all find the same ones free.
  const from = randomInt(offeredPorts.begin, offeredPorts.end + 1);
  const found = await findFreePorts(missing + asked.size, offeredPorts, { from });
  const free = found.filter((port) => !asked.has(port));
  if (free.length < missing) {
    throw new RangeError(
      `Cannot allocate ${missing} ports: ${free.length} of ${offeredPorts.begin}-${offeredPorts.end} are free`,
    );
  }
  return Array.from({ length: request.instances }, () =>
    request.ports.map(({ hostPort }) => hostPort ?? free.shift() ?? 0),
  );
}

/** An agent just large enough: what is asked for, and what the executors take. */
export function toResources(request: RunRequest, hostPorts: readonly (readonly number[])[]) {
  const { instances } = request;
  const ranges = hostPorts.flat().map((port): PortRange => ({ begin: port, end: port }));
  return {
    cpus: (request.cpus + executorResources.cpus) * instances,
    mem: (request.mem + executorResources.mem) * instances,
    disk: ((request.disk ?? 0) + executorResources.disk) * instances,
    ports: [...new Map(ranges.map((range) => [range.begin, range])).values()],
  };
}

function whenAborted(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) listener();
  else signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}
