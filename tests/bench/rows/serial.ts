import { openCluster } from "../cluster.ts";
import { measureLives, peerPid, runByHand, runTask } from "../lifetime.ts";
import { lineMaker, ownLine } from "../line.ts";
import { measurePairs } from "../pairs.ts";
import { toPeerContainer } from "../peer_container.ts";
import { readResidentMb } from "../process_cost.ts";
import { openRawEngine } from "../raw_engine.ts";
import type { Row } from "../row.ts";

const work = { command: ["true"] };

const pairs = 100;

/** What an executor adds to the whole life of containers that come one by one. */
export const serialRow: Row = {
  name: "serial",
  title: `${pairs} tasks of one executor, one after another, each "true"; peer: the same containers by node:http`,
  async measure(bench) {
    const { signal } = bench;
    using raw = await openRawEngine(bench);
    await using cluster = await openCluster(bench, "serial");
    await cluster.keep("one");
    const { pid } = cluster.processes.get("one");
    const specimen = cluster.prepare("specimen", "one", work);
    const residentMb: number[] = [];
    const { ours, peer } = await measurePairs({
      pairs,
      warmUp: 3,
      ours: async (index) => {
        const task = cluster.prepare(`ours-${index}`, "one", work);
        const cost = await measureLives(pid, async () => [await runTask({ cluster, raw }, task)]);
        residentMb.push(readResidentMb(pid) ?? Number.NaN);
        return cost;
      },
      peer: async () => {
        const container = await toPeerContainer(cluster, specimen, "one");
        return await measureLives(peerPid, async () => [await runByHand(raw, container)]);
      },
      signal,
    });
    const line = lineMaker(ours, peer);
    return [
      line("wall of a task, whole, until its container is removed", "ms", ({ goneMs }) => goneMs, {
        kind: "ratio",
        atMost: 1.3,
      }),
      line("wall, until it runs", "ms", ({ runningMs }) => runningMs),
      line("wall, until its end is told", "ms", ({ endedMs }) => endedMs),
      line("CPU of the process that asks the daemon", "ms", ({ cpuMs }) => cpuMs),
      ownLine("resident (VmRSS) after the first task", "MB", residentMb.slice(0, 1)),
      ownLine("resident (VmRSS) after the last task", "MB", residentMb.slice(-1)),
    ];
  },
};
