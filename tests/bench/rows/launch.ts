import { TaskState } from "../../../src/mesos/protocol.ts";
import { openCluster } from "../cluster.ts";
import { launchTask, startByHand, toLaunchLines } from "../launch.ts";
import { measurePairs } from "../pairs.ts";
import { toPeerContainer } from "../peer_container.ts";
import { RawEngine } from "../raw_engine.ts";
import type { Row } from "../row.ts";

/** What an executor adds to the start of a container, once it is at work. */
export const launchRow: Row = {
  name: "launch",
  title: "LAUNCH to TASK_RUNNING on an executor at work; peer: the same container by node:http, create + start",
  async measure(bench) {
    const { engine, signal } = bench;
    const { apiVersion } = await engine.version({ signal });
    using raw = new RawEngine(bench.engineAddress, apiVersion);
    await using cluster = await openCluster(bench, "launch");
    // One task stays: without any an executor ends.
    const keeper = cluster.prepare("keeper", "one");
    cluster.launch(keeper);
    await cluster.reach("keeper", TaskState.TASK_RUNNING);
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
