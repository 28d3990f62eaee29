// The whole life of a container that ends by itself, as a task and by hand.
import process from "node:process";
import type { ContainerCreate } from "../../src/docker/mod.ts";
import { TaskState } from "../../src/mesos/protocol.ts";
import { type BenchTask, type Cluster, readInspection } from "./cluster.ts";
import { readCpuMs } from "./process_cost.ts";
import type { RawEngine } from "./raw_engine.ts";

/** When a container reached its stations (`performance.now()`). */
export interface Lifetime {
  /** It runs, and whoever asked for it has been told. */
  readonly runningAtMs: number;
  /** Its end has been told. */
  readonly endedAtMs: number;
  /** The daemon has removed it. */
  readonly goneAtMs: number;
}

/** What a life has cost in milliseconds: time since its beginning, and CPU time of the process that asks the daemon. */
export interface LifeCost {
  readonly runningMs: number;
  readonly endedMs: number;
  readonly goneMs: number;
  readonly cpuMs: number;
}

/** What a process still does when all has been told, e.g. reads an answer to its end. */
const settleMs = 3;

/** Told when a container runs. */
export type OnRunning = () => void;

/** Launches a task whose container ends by itself, and waits until that is removed. */
export async function runTask(
  { cluster, raw }: { cluster: Cluster; raw: RawEngine },
  task: BenchTask,
  onRunning: OnRunning = () => undefined,
): Promise<Lifetime> {
  const taskId = task.taskId?.value ?? "";
  cluster.launch(task);
  const running = await cluster.reach(taskId, TaskState.TASK_RUNNING);
  onRunning();
  const removal = raw.removal(readInspection(running).Id).then(() => performance.now());
  const [finished, goneAtMs] = await Promise.all([cluster.finish(taskId), removal]);
  return { runningAtMs: running.atMs, endedAtMs: finished.atMs, goneAtMs };
}

/** Does the same with a container as a client does that knows no tasks: create, wait, start, and remove at the end. */
export async function runByHand(
  raw: RawEngine,
  { name = "", body }: ContainerCreate,
  onRunning: OnRunning = () => undefined,
): Promise<Lifetime> {
  const id = await raw.create(name, body);
  const { status } = await raw.openWait(id);
  await raw.start(id);
  const runningAtMs = performance.now();
  onRunning();
  const code = await status;
  const endedAtMs = performance.now();
  await raw.remove(id);
  if (code !== 0) throw new Error(`Cannot measure container "${name}": it ended with ${code}`);
  return { runningAtMs, endedAtMs, goneAtMs: performance.now() };
}

/** Measures lives that begin together; each station counts when the last has reached it. */
export async function measureLives(pid: number, run: () => Promise<readonly Lifetime[]>): Promise<LifeCost> {
  const [beganMs, beganCpuMs] = [performance.now(), readCpuMs(pid)];
  const lives = await run();
  await Bun.sleep(settleMs);
  const cpuMs = readCpuMs(pid) - beganCpuMs;
  const last = (of: (life: Lifetime) => number) => Math.max(...lives.map(of)) - beganMs;
  return {
    runningMs: last(({ runningAtMs }) => runningAtMs),
    endedMs: last(({ endedAtMs }) => endedAtMs),
    goneMs: last(({ goneAtMs }) => goneAtMs),
    cpuMs,
  };
}

/** The process of the peer: the client by hand is in this one. */
export const peerPid = process.pid;
