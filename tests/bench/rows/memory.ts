import { TaskState } from "../../../src/mesos/protocol.ts";
import { openCluster } from "../cluster.ts";
import { measurePairs } from "../pairs.ts";
import { type Memory, readMemory } from "../process_cost.ts";
import type { Line, Row } from "../row.ts";

/** How long a process runs before it is looked at: what a start uses for a moment is given back by then. */
const settleMs = 1000;

/** Does nothing, and does not end: memory can be read of a living process only (see `readIdle`). */
const idleSource = "setInterval(() => undefined, 1e6);\n";

/** What an executor holds while its task runs, on a host with many of them. */
export const memoryRow: Row = {
  name: "memory",
  title: "an executor with one task, 1 s after TASK_RUNNING; peer: a program that does nothing, 1 s after its start",
  async measure(bench) {
    const idle = await bench.compile(idleSource);
    await using cluster = await openCluster(bench, "memory");
    const { ours, peer } = await measurePairs({
      pairs: 7,
      warmUp: 1,
      ours: async (index) => {
        const [taskId, executorId] = [`ours-${index}`, `executor-${index}`];
        cluster.launch(cluster.prepare(taskId, executorId));
        const running = await cluster.reach(taskId, TaskState.TASK_RUNNING);
        await Bun.sleep(settleMs);
        const memory = readMemory(cluster.processes.get(executorId).pid);
        await cluster.remove(running);
        await cluster.exit(executorId);
        return memory;
      },
      peer: () => readIdle(idle),
      signal: bench.signal,
    });
    const line = (name: string, of: (memory: Memory) => number): Line => ({
      name,
      unit: "MB",
      ours: ours.map(of),
      peer: peer.map(of),
    });
    return [
      { ...line("resident (VmRSS)", ({ residentMb }) => residentMb), goal: { kind: "ours", atMost: 45 } },
      line("proportional (Pss)", ({ proportionalMb }) => proportionalMb),
    ];
  },
};

/** Not max RSS of a process that has ended: Linux counts into that what its parent had when it forked. */
async function readIdle(program: string): Promise<Memory> {
  const child = Bun.spawn([program], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  try {
    await Bun.sleep(settleMs);
    return readMemory(child.pid);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
}
