import process from "node:process";
import { readIfThere } from "../../src/runtime/cgroup_place.ts";
import { sleep, systemClock } from "../../src/runtime/clock.ts";
import type { TestCluster } from "../e2e/test_cluster.ts";
import { type Fault, strikeAtRandom } from "../faults/fault.ts";
import type { FaultProxy } from "../faults/fault_proxy.ts";

const engineFaults: readonly Fault[] = [
  { kind: "delay", ms: 100 },
  { kind: "delay", ms: 1500 },
  { kind: "cut", at: "request" },
  { kind: "cut", at: "answer", afterBytes: 0 },
  { kind: "cut", at: "answer", afterBytes: 100 },
  { kind: "status", status: 500, body: '{"message":"fault"}' },
];

const agentFaults: readonly Fault[] = [
  { kind: "delay", ms: 100 },
  { kind: "delay", ms: 1500 },
  { kind: "cut", at: "request" },
  { kind: "cut", at: "answer", afterBytes: 0 },
  { kind: "status", status: 503, body: "Agent has not finished recovery" },
];

/** Requests that a fault befalls, of all. */
const probability = 0.02;

/** Pause between troubles that befall everybody. */
const troublePauseMs = 5000;

/** What the troubles act on. */
export interface TroubledPlace {
  cluster: TestCluster;
  engineProxy: FaultProxy;
  agentProxy: FaultProxy;
  random: () => number;
  /** A live executor's process, or undefined when there is none to kill. */
  pickExecutor: () => number | undefined;
  tell: (line: string) => void;
}

/** Troubles requests from now on, and everybody from time to time until the signal is aborted. */
export async function makeTrouble(place: TroubledPlace, signal: AbortSignal): Promise<void> {
  const { cluster, engineProxy, agentProxy, random, pickExecutor, tell } = place;
  engineProxy.script = strikeAtRandom(random, probability, engineFaults);
  agentProxy.script = strikeAtRandom(random, probability, agentFaults);
  const troubles: readonly [string, () => Promise<void>][] = [
    ["the agent restarts", () => cluster.agent.restart({ downMs: 300, startingMs: 100, recoveringMs: 200 })],
    ["connections to the daemon break", async () => engineProxy.cutAll()],
    ["connections to the agent break", async () => agentProxy.cutAll()],
    ["the daemon is away for 2 s", () => beAway(engineProxy, signal)],
    ["an executor is killed", async () => killExecutor(pickExecutor())],
  ];
  try {
    for (;;) {
      await sleep(systemClock, troublePauseMs, { signal });
      const [name, make] = troubles[Math.floor(random() * troubles.length)] ?? troubles[0]!;
      tell(name);
      await make();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function beAway(proxy: FaultProxy, signal: AbortSignal): Promise<void> {
  await proxy.leave();
  await sleep(systemClock, 2000, { signal }).catch(() => undefined);
  await proxy.listen();
}

function killExecutor(pid: number | undefined): void {
  if (pid === undefined) return;
  // A pid is used again: only a process that is an executor is killed.
  if (readIfThere(`/proc/${pid}/cmdline`)?.includes("mesos-docker")) process.kill(pid, "SIGKILL");
}
