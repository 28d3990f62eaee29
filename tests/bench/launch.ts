// A launch taken apart, and the same container made by the peer.
import process from "node:process";
import type { ContainerCreate, Engine } from "../../src/docker/mod.ts";
import { TaskState } from "../../src/mesos/protocol.ts";
import { type BenchTask, type Cluster, type Inspection, readInspection } from "./cluster.ts";
import { parseTime } from "./docker_time.ts";
import { readCpuMs } from "./process_cost.ts";
import type { RawEngine } from "./raw_engine.ts";
import type { Goal, Line } from "./row.ts";

/** A start of a container, in milliseconds from where it began; the daemon's times are those that it writes down. */
export interface LaunchCost {
  readonly wallMs: number;
  /** CPU time of the process that talks to the daemon. */
  readonly cpuMs: number;
  /** TASK_STARTING has arrived; the peer has no such thing. */
  readonly startingMs?: number;
  /** The daemon makes the container (`Created`). */
  readonly createdMs: number;
  /** It runs (`StartedAt`). */
  readonly startedMs: number;
}

/**
 * Launches a task and removes it again. Measured is until TASK_RUNNING has arrived, from the launch, or from the moment
 * at which the executor's first SUBSCRIBE arrived.
 */
export async function launchTask(
  cluster: Cluster,
  place: { task: BenchTask; executorId: string; from: "launch" | "subscription" },
): Promise<LaunchCost> {
  const { task, executorId, from } = place;
  const taskId = task.taskId?.value ?? "";
  const before = from === "launch" ? readNow(cluster.processes.get(executorId).pid) : undefined;
  cluster.launch(task);
  const running = await cluster.reach(taskId, TaskState.TASK_RUNNING);
  const { pid, ...subscribed } = cluster.processes.get(executorId);
  const cpuMs = readCpuMs(pid);
  const starting = await cluster.reach(taskId, TaskState.TASK_STARTING);
  await cluster.remove(running);
  const began = before ?? { atMs: subscribed.subscribedAtMs, cpuMs: subscribed.subscribedCpuMs };
  return {
    wallMs: running.atMs - began.atMs,
    cpuMs: cpuMs - began.cpuMs,
    startingMs: starting.atMs - began.atMs,
    ...toPhases(began.atMs, readInspection(running)),
  };
}

/** Creates and starts a container as the peer does, and removes it again. */
export async function startByHand(
  engines: { raw: RawEngine; engine: Engine },
  { name = "", body }: ContainerCreate,
): Promise<LaunchCost> {
  const { raw, engine } = engines;
  const began = readNow(process.pid);
  const id = await raw.create(name, body);
  await raw.start(id);
  const ended = readNow(process.pid);
  const container = await engine.inspectContainer(id);
  await engine.removeContainer(id, { force: true, volumes: true });
  return {
    wallMs: ended.atMs - began.atMs,
    cpuMs: ended.cpuMs - began.cpuMs,
    ...toPhases(began.atMs, container?.raw as Inspection),
  };
}

/** The lines of a row about launches. */
export function toLaunchLines(ours: readonly LaunchCost[], peer: readonly LaunchCost[], goal?: Goal): Line[] {
  const line = (name: string, of: (cost: LaunchCost) => number): Line => ({
    name,
    unit: "ms",
    ours: ours.map(of),
    peer: peer.map(of),
  });
  return [
    { ...line("wall, whole", (cost) => cost.wallMs), ...(goal === undefined ? {} : { goal }) },
    { ...line("wall, until TASK_STARTING has arrived", (cost) => cost.startingMs ?? Number.NaN), peer: [] },
    line("wall, until the daemon creates", (cost) => cost.createdMs),
    line("wall, from there until the container runs", (cost) => cost.startedMs - cost.createdMs),
    line("wall, from there to the end", (cost) => cost.wallMs - cost.startedMs),
    line("CPU of the process that asks the daemon", (cost) => cost.cpuMs),
  ];
}

function readNow(pid: number): { atMs: number; cpuMs: number } {
  return { atMs: performance.now(), cpuMs: readCpuMs(pid) };
}

function toPhases(beganMs: number, { Created, State }: Inspection): Pick<LaunchCost, "createdMs" | "startedMs"> {
  const since = (time: string) => parseTime(time) - beganMs;
  return { createdMs: since(Created), startedMs: since(State.StartedAt) };
}
