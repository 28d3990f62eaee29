import { openCluster } from "../cluster.ts";
import { launchTask, startByHand, toLaunchLines } from "../launch.ts";
import { measurePairs } from "../pairs.ts";
import { toPeerContainer } from "../peer_container.ts";
import { openRawEngine } from "../raw_engine.ts";
import type { Row } from "../row.ts";

/** What an executor's first task waits for beyond that: the Docker client is loaded, and nothing is warm. */
export const firstLaunchRow: Row = {
  name: "first-launch",
  title: "SUBSCRIBE to TASK_RUNNING of an executor's first task; peer: the same container by node:http, create + start",
  async measure(bench) {
    const { engine, signal } = bench;
    using raw = await openRawEngine(bench);
    await using cluster = await openCluster(bench, "first-launch");
    const specimen = cluster.prepare("specimen", "any");
    const { ours, peer } = await measurePairs({
      pairs: 15,
      warmUp: 2,
      ours: async (index) => {
        const executorId = `executor-${index}`;
        const task = cluster.prepare(`ours-${index}`, executorId);
        const cost = await launchTask(cluster, { task, executorId, from: "subscription" });
        await cluster.exit(executorId);
        return cost;
      },
      peer: async () => startByHand({ raw, engine }, await toPeerContainer(cluster, specimen, "executor-0")),
      signal,
    });
    return toLaunchLines(ours, peer);
  },
};
