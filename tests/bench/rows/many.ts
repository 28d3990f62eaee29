import { TaskState } from "../../../src/mesos/protocol.ts";
import { openCluster } from "../cluster.ts";
import { ownLine } from "../line.ts";
import { readMemory } from "../process_cost.ts";
import type { Row } from "../row.ts";
import type { Arrival } from "../status_book.ts";

const count = 200;

/** What the executor's own memory has settled at by then. */
const settleMs = 2000;

/** What an executor holds for many tasks that run at once. */
export const manyRow: Row = {
  name: "many",
  title: `${count} tasks that run in one executor, and what it held with the first of them`,
  async measure(bench) {
    await using cluster = await openCluster(bench, "many");
    const arrivals: Arrival[] = [];
    const launch = async (index: number) => {
      cluster.launch(cluster.prepare(`task-${index}`, "one"));
      arrivals.push(await cluster.reach(`task-${index}`, TaskState.TASK_RUNNING));
    };
    await launch(0);
    await Bun.sleep(settleMs);
    const { pid } = cluster.processes.get("one");
    const first = readMemory(pid);
    for (let index = 1; index < count; index++) await launch(index);
    await Bun.sleep(settleMs);
    const all = readMemory(pid);
    for (const running of arrivals) await cluster.kill(running);
    return [
      ownLine("resident (VmRSS) with one", "MB", [first.residentMb]),
      ownLine(`resident (VmRSS) with ${count}`, "MB", [all.residentMb]),
      ownLine(`proportional (Pss) with ${count}`, "MB", [all.proportionalMb]),
    ];
  },
};
