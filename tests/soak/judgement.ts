import { formatFault } from "../faults/fault.ts";
import type { Struck } from "../faults/fault_proxy.ts";
import type { SoakFigures } from "./figures.ts";
import { findStatusFaults, judgeEnd, type TaskRecord, toThirds } from "./verdict.ts";

/** What a soak has seen. */
export interface SoakFindings {
  records: readonly TaskRecord[];
  executors: "killed too" | "left alone";
  /** Resident memory in MB by executor, in the order of time. */
  resident: ReadonlyMap<string, readonly number[]>;
  /** Containers and processes that are there when all is over. */
  left: readonly string[];
  /** Containers of killed executors that the reaper was called for. */
  orphans: number;
  struck: readonly Struck[];
  wallMs: number;
  seed: number;
  daemon: string;
}

/** Fewer samples say nothing of a trend. */
const fewestSamples = 150;

/** What memory may grow by from the second third of an executor's tasks to the last. */
const flatRatio = 1.1;

/** Judges all that a soak has seen. */
export function judgeSoak(findings: SoakFindings): SoakFigures {
  const { records, executors, left, orphans, struck, wallMs, seed, daemon } = findings;
  const outcomes = records.map((record) => judgeEnd(record, executors));
  const excuses = outcomes.flatMap((outcome) => (outcome.kind === "excused" ? [outcome.why] : []));
  const memory = judgeMemory(findings.resident);
  return {
    figures: [
      ["seed", seed],
      ["daemon", daemon],
      ["tasks", records.length],
      ["ended as wanted", outcomes.filter(({ kind }) => kind === "as wanted").length],
      ...countEach(excuses).map(([why, count]) => [`excused: ${why}`, count] as const),
      ["faults", struck.length],
      ...countEach(struck.map(({ fault }) => formatFault(fault))).map(([what, count]) => [`  ${what}`, count] as const),
      ["wall", `${Math.round(wallMs / 1000)} s`],
      ["orphans of killed executors, reaped", orphans],
      ...memory.figures,
    ],
    checks: [
      {
        what: "every task has one terminal update, last, and no update is lost",
        faults: records.flatMap(findStatusFaults),
      },
      {
        what: "every task ends as it was made to, with all of its output",
        faults: outcomes.flatMap((outcome) => (outcome.kind === "wrong" ? [outcome.why] : [])),
      },
      { what: "no container and no process is left", faults: left },
      { what: "resident memory is flat", faults: memory.faults },
    ],
  };
}

function judgeMemory(resident: SoakFindings["resident"]): { figures: [string, string][]; faults: string[] } {
  const long = [...resident].filter(([, samples]) => samples.length >= fewestSamples);
  const thirds = long.map(([executorId, samples]) => ({
    executorId,
    thirds: toThirds(samples),
    tasks: samples.length,
  }));
  return {
    figures: thirds.map(({ executorId, thirds: [first, second, last], tasks }) => [
      `resident of ${executorId}, ${tasks} tasks`,
      `${first.toFixed(1)} → ${second.toFixed(1)} → ${last.toFixed(1)} MB`,
    ]),
    faults: thirds.flatMap(({ executorId, thirds: [, second, last] }) =>
      last > second * flatRatio ? [`${executorId}: ${second.toFixed(1)} MB became ${last.toFixed(1)} MB`] : [],
    ),
  };
}

function countEach(names: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts];
}
