import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { readCpuMs } from "./process_cost.ts";
import type { Bench } from "./row.ts";
import type { SubscribeTrap } from "./subscribe_trap.ts";

/** What a process has used so far. */
export interface StartCost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** How long an executor may take to subscribe before the measurement is given up. */
const patienceMs = 30_000;

/** The variables without which an agent starts no executor (contract A.2). */
function toVariables(trap: SubscribeTrap, sandbox: string): Record<string, string> {
  const endpoint = `${trap.host}:${trap.port}`;
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LIBPROCESS_IP: trap.host,
    LIBPROCESS_PORT: "0",
    MESOS_FRAMEWORK_ID: "bench",
    MESOS_EXECUTOR_ID: "bench",
    MESOS_DIRECTORY: sandbox,
    MESOS_SANDBOX: sandbox,
    MESOS_SLAVE_ID: "bench-S0",
    MESOS_SLAVE_PID: `slave(1)@${endpoint}`,
    MESOS_AGENT_ENDPOINT: endpoint,
    MESOS_CHECKPOINT: "0",
    MESOS_HTTP_COMMAND_EXECUTOR: "0",
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: "5secs",
  };
}

/** Starts an executor, measures until its SUBSCRIBE arrives, and ends it. */
export async function runToSubscribe(bench: Bench, trap: SubscribeTrap): Promise<StartCost> {
  const sandbox = await mkdtemp(join(bench.workDir, "sandbox-"));
  const beganMs = performance.now();
  const child = Bun.spawn([bench.binary, "executor"], {
    cwd: sandbox,
    env: toVariables(trap, sandbox),
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  try {
    const noticed = trap.next(() => ({ cpuMs: readCpuMs(child.pid), wallMs: performance.now() - beganMs }));
    const ended = child.exited.then(async (code) => {
      throw new Error(`The executor ended with ${code} before SUBSCRIBE: ${await new Response(child.stderr).text()}`);
    });
    ended.catch(() => undefined); // It is ended below.
    return await Promise.race([
      noticed,
      ended,
      whenAborted(AbortSignal.any([bench.signal, AbortSignal.timeout(patienceMs)])),
    ]);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
    await rm(sandbox, { recursive: true });
  }
}

/** Runs a program that ends by itself, and tells what its whole life has cost. */
export async function runToEnd(program: string): Promise<StartCost> {
  const beganMs = performance.now();
  const child = Bun.spawn([program], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  const code = await child.exited;
  const wallMs = performance.now() - beganMs;
  const usage = child.resourceUsage();
  if (code !== 0 || usage === undefined) throw new Error(`Cannot measure "${program}": it ended with ${code}`);
  return { wallMs, cpuMs: Number(usage.cpuTime.total) / 1000 };
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
