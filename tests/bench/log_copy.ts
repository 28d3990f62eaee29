// A container's output on its way into files: by an executor, and by a client of the daemon.
import { closeSync, openSync, statSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { ContainerCreate } from "../../src/docker/mod.ts";
import { TaskState } from "../../src/mesos/protocol.ts";
import { type BenchTask, type BenchWork, type Cluster, type Inspection, readInspection } from "./cluster.ts";
import { parseTime } from "./docker_time.ts";
import type { LogClient } from "./log_client.ts";
import { watchMemory } from "./memory_watch.ts";
import { readCpuMs } from "./process_cost.ts";
import type { RawEngine } from "./raw_engine.ts";
import type { Bench } from "./row.ts";

/** What copying has cost; CPU time is that of a client's whole life, and of an executor's from its SUBSCRIBE on. */
export interface CopyCost {
  /** From the container's start until its output is complete and its end known. */
  readonly mbPerSecond: number;
  readonly cpuMsPer100Mb: number;
  readonly residentMb: number;
}

/** How the files of an executor are kept small, in the words of a task's document. */
export type LogLimits = NonNullable<NonNullable<BenchWork["document"]>["logs"]>;

/** What a container writes, and how much of that must be found in several files; in one when it is all. */
export interface ExpectedOutput {
  readonly bytes: number;
  readonly leastKept: number;
}

/** Runs a task alone in its executor, and looks at what came of its output. */
export async function copyByTask(cluster: Cluster, task: BenchTask, expected: ExpectedOutput): Promise<CopyCost> {
  const taskId = task.taskId?.value ?? "";
  const executorId = task.executor?.executorId?.value ?? "";
  cluster.launch(task);
  const work = cluster.finish(taskId).then((finished) => {
    // At once: the process ends soon.
    const { pid, subscribedCpuMs } = cluster.processes.get(executorId);
    return { finished, cpuMs: readCpuMs(pid) - subscribedCpuMs };
  });
  const [{ finished, cpuMs }, residentMb] = await watchMemory(() => cluster.processes.findPid(executorId), work);
  const running = await cluster.reach(taskId, TaskState.TASK_RUNNING);
  await cluster.exit(executorId);
  await takeOutput(cluster.sandboxOf(executorId), expected);
  const wallMs = finished.atMs - parseTime(readInspection(running).State.StartedAt);
  return { ...toRates(expected.bytes, wallMs, cpuMs), residentMb };
}

/** Runs the same container by hand, and has a client write its output to a file. */
export async function copyByClient(
  { bench, raw, client }: { bench: Bench; raw: RawEngine; client: LogClient },
  { name = "", body }: ContainerCreate,
  bytes: number,
): Promise<CopyCost> {
  const file = join(bench.workDir, "peer-output");
  const id = await raw.create(name, body);
  await raw.start(id);
  const output = openSync(file, "w");
  const child = Bun.spawn(client.command(id), {
    env: { ...process.env, ...client.environment },
    stdio: ["ignore", output, "inherit"],
  });
  closeSync(output);
  try {
    const [endedMs, residentMb] = await watchMemory(
      () => child.pid,
      child.exited.then(() => performance.now()),
    );
    if (statSync(file).size !== bytes)
      throw new Error(`"${client.name}" wrote ${statSync(file).size} of ${bytes} bytes`);
    const container = (await bench.engine.inspectContainer(id))?.raw as Inspection;
    const cpuMs = Number(child.resourceUsage()?.cpuTime.total) / 1000;
    return { ...toRates(bytes, endedMs - parseTime(container.State.StartedAt), cpuMs), residentMb };
  } finally {
    child.kill("SIGKILL");
    await child.exited;
    await raw.remove(id);
    await rm(file);
  }
}

/** Sees that the output is there, and frees its space. */
async function takeOutput(sandbox: string, { bytes, leastKept }: ExpectedOutput): Promise<void> {
  const names = (await readdir(sandbox)).filter((name) => name.startsWith("stdout"));
  let found = 0;
  for (const name of names) {
    found += (await stat(join(sandbox, name))).size;
    await rm(join(sandbox, name));
  }
  if (found >= leastKept && found <= bytes && (leastKept === bytes || names.length > 1)) return;
  throw new Error(`Cannot measure "${sandbox}": ${found} of ${bytes} bytes are in ${names.length} files`);
}

function toRates(bytes: number, wallMs: number, cpuMs: number): Omit<CopyCost, "residentMb"> {
  const megabytes = bytes / 2 ** 20;
  return { mbPerSecond: (megabytes / wallMs) * 1000, cpuMsPer100Mb: (cpuMs / megabytes) * 100 };
}
