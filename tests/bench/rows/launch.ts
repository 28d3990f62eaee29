import { openCluster } from "../cluster.ts";
import { launchTask, startByHand, toLaunchLines } from "../launch.ts";
import { measurePairs } from "../pairs.ts";
import { toPeerContainer } from "../peer_container.ts";
import { openRawEngine } from "../raw_engine.ts";
import type { Row } from "../row.ts";

/** What an executor adds to the start of a container, once it is at work. */
export const launchRow: Row = {
  name: "launch",
  title: "LAUNCH to TASK_RUNNING on an executor at work; peer: the same container by node:http, create + start",
  async measure(bench) {
    const { engine, signal } = bench;
    using raw = await openRawEngine(bench);
    await using cluster = await openCluster(bench, "launch");
    const keeper = await cluster.keep("one");
    const { ours, peer } = await measurePairs({
      pairs: 20,
      warmUp: 4,
      ours: (index) =>
        launchTask(cluster, { task: cluster.prepare(`ours-${index}`, "one"), executorId: "one", from: "launch" }),
      peer: async () => startByHand({ raw, engine }, await toPeerContainer(cluster, keeper, "one")),
      signal,
    });
    return toLaunchLines(ours, peer, { kind: "ratio", atMost: 1.15 });
  },
};
