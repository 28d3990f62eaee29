import process from "node:process";
import { TaskState } from "../../../src/mesos/protocol.ts";
import { openCluster, readInspection } from "../cluster.ts";
import { lineMaker } from "../line.ts";
import { measurePairs } from "../pairs.ts";
import { toPeerContainer } from "../peer_container.ts";
import { readCpuMs } from "../process_cost.ts";
import { openRawEngine } from "../raw_engine.ts";
import type { Row } from "../row.ts";

/** What an executor adds to the end of a container that is killed without grace: its own exit takes both as long. */
export const killRow: Row = {
  name: "kill",
  title: "KILL without grace to TASK_KILLED; peer: the same container by node:http, wait + kill until the wait is over",
  async measure(bench) {
    const { signal } = bench;
    using raw = await openRawEngine(bench);
    await using cluster = await openCluster(bench, "kill");
    const keeper = await cluster.keep("one");
    const { pid } = cluster.processes.get("one");
    const { ours, peer } = await measurePairs({
      pairs: 15,
      warmUp: 3,
      ours: async (index) => {
        const taskId = `ours-${index}`;
        cluster.launch(cluster.prepare(taskId, "one"));
        const running = await cluster.reach(taskId, TaskState.TASK_RUNNING);
        const began = { atMs: performance.now(), cpuMs: readCpuMs(pid) };
        const ended = await cluster.kill(running);
        const cost = { wallMs: ended.atMs - began.atMs, cpuMs: readCpuMs(pid) - began.cpuMs };
        await raw.removal(readInspection(running).Id);
        return cost;
      },
      peer: async () => {
        const { name = "", body } = await toPeerContainer(cluster, keeper, "one");
        const id = await raw.create(name, body);
        const wait = await raw.openWait(id);
        await raw.start(id);
        const began = { atMs: performance.now(), cpuMs: readCpuMs(process.pid) };
        await raw.kill(id);
        await wait.status;
        const cost = { wallMs: performance.now() - began.atMs, cpuMs: readCpuMs(process.pid) - began.cpuMs };
        await raw.remove(id);
        return cost;
      },
      signal,
    });
    const line = lineMaker(ours, peer);
    return [
      line("wall", "ms", ({ wallMs }) => wallMs),
      line("CPU of the process that asks the daemon", "ms", ({ cpuMs }) => cpuMs),
    ];
  },
};
