import { openCluster } from "../cluster.ts";
import { Gate } from "../gate.ts";
import { type Lifetime, measureLives, type OnRunning, peerPid, runByHand, runTask } from "../lifetime.ts";
import { lineMaker, ownLine } from "../line.ts";
import { measurePairs } from "../pairs.ts";
import { toPeerContainer } from "../peer_container.ts";
import { readResidentMb } from "../process_cost.ts";
import { openRawEngine } from "../raw_engine.ts";
import type { Row } from "../row.ts";

const count = 50;

/** What an executor adds when many containers are wanted at once. They end when all of them run. */
export const crowdRow: Row = {
  name: "crowd",
  title: `${count} tasks of one executor, launched at once and ended at once; peer: the same containers by node:http`,
  async measure(bench) {
    const { signal } = bench;
    using raw = await openRawEngine(bench);
    await using cluster = await openCluster(bench, "crowd");
    await cluster.keep("one");
    const { pid } = cluster.processes.get("one");
    const gate = await Gate.make(cluster.sandboxOf("one"));
    const prepare = (name: string) =>
      Array.from({ length: count }, (_, index) =>
        cluster.prepare(`${name}-${index}`, "one", { command: Gate.command }),
      );
    const specimens = prepare("specimen");
    const readResident = () => readResidentMb(pid) ?? Number.NaN;
    const memory = { full: [] as number[], after: [] as number[] };
    const { ours, peer } = await measurePairs({
      pairs: 3,
      warmUp: 0,
      ours: async (index) => {
        const runs = prepare(`ours-${index}`).map((task) => (told: OnRunning) => runTask({ cluster, raw }, task, told));
        const onFull = () => memory.full.push(readResident());
        const cost = await measureLives(pid, () => runCrowd(gate, runs, onFull));
        memory.after.push(readResident());
        return cost;
      },
      peer: async () => {
        const wanted = await Promise.all(specimens.map((task) => toPeerContainer(cluster, task, "one")));
        const runs = wanted.map((container) => (told: OnRunning) => runByHand(raw, container, told));
        return await measureLives(peerPid, () => runCrowd(gate, runs));
      },
      signal,
    });
    const line = lineMaker(ours, peer);
    return [
      line("wall, until all run", "ms", ({ runningMs }) => runningMs, { kind: "ratio", atMost: 1.3 }),
      line("wall, until all have ended", "ms", ({ endedMs }) => endedMs, { kind: "ratio", atMost: 1.3 }),
      line("wall, until all containers are removed", "ms", ({ goneMs }) => goneMs),
      line("CPU of the process that asks the daemon", "ms", ({ cpuMs }) => cpuMs),
      ownLine("resident (VmRSS) while all run", "MB", memory.full),
      ownLine("resident (VmRSS) when all are gone", "MB", memory.after),
    ];
  },
};

/** Lets containers that wait at the gate begin at once, and opens it when all of them run. */
async function runCrowd(
  gate: Gate,
  runs: readonly ((told: OnRunning) => Promise<Lifetime>)[],
  onFull: () => void = () => undefined,
): Promise<readonly Lifetime[]> {
  const full = Promise.withResolvers<void>();
  let missing = runs.length;
  const told = () => {
    missing -= 1;
    if (missing === 0) full.resolve();
  };
  const lives = Promise.all(runs.map((run) => run(told)));
  // One that fails is not waited for.
  await Promise.race([full.promise, lives]);
  onFull();
  return await gate.open(lives);
}
