import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BenchWork, type Cluster, openCluster } from "../cluster.ts";
import { lineMaker } from "../line.ts";
import { findLogClient, type LogClient } from "../log_client.ts";
import { type CopyCost, copyByClient, copyByTask, type LogLimits } from "../log_copy.ts";
import { measurePairs } from "../pairs.ts";
import { toPeerContainer } from "../peer_container.ts";
import { RawEngine } from "../raw_engine.ts";
import type { Bench, Line, Row } from "../row.ts";

/** How a container writes. */
interface Chatter {
  /** A word for folders and ids. */
  readonly id: string;
  readonly name: string;
  /** What is written at once, again and again. */
  readonly unit: string;
  readonly bytes: number;
}

const chatters: readonly Chatter[] = [
  { id: "chunks", name: "64 KiB at once, no lines", unit: "x".repeat(64 * 1024), bytes: 200 * 2 ** 20 },
  { id: "lines", name: "lines of 100 bytes, one at once", unit: `${"x".repeat(99)}\n`, bytes: 40 * 2 ** 20 },
];

const limits: LogLimits = { maxSize: "10m", maxFiles: 5 };

/** The four files that are full, which end a little earlier where a line does. */
const leastKept = 35 * 2 ** 20;

/** What becomes of the output of a container that writes as fast as it can. */
export const logsRow: Row = {
  name: "logs",
  title: "a chatty container's output into the sandbox; peer: `docker logs --follow` of the same container > file",
  async measure(bench) {
    const { apiVersion } = await bench.engine.version({ signal: bench.signal });
    using raw = new RawEngine(bench.engineAddress, apiVersion);
    await using cluster = await openCluster(bench, "logs");
    const client = findLogClient(bench, apiVersion);
    const lines: Line[] = [];
    for (const chatter of chatters) lines.push(...(await measureChatter(chatter, { bench, raw, cluster, client })));
    return lines;
  },
};

interface Parts {
  readonly bench: Bench;
  readonly raw: RawEngine;
  readonly cluster: Cluster;
  readonly client: LogClient;
}

async function measureChatter(chatter: Chatter, parts: Parts): Promise<Line[]> {
  const { bench, cluster } = parts;
  const { id, name, bytes } = chatter;
  const work = await prepareWork(chatter, bench);
  const copy = async (executorId: string, kept: LogLimits | undefined) => {
    const document = kept === undefined ? {} : { logs: kept };
    const task = cluster.prepare(executorId, executorId, { ...work, document });
    return await copyByTask(cluster, task, { bytes, leastKept: kept === undefined ? bytes : leastKept });
  };
  const { ours, peer } = await measurePairs({
    pairs: 3,
    warmUp: 0,
    ours: async (index) => ({
      plain: await copy(`${id}-${index}`, undefined),
      rotated: await copy(`${id}-rotated-${index}`, limits),
    }),
    peer: async () => {
      const specimen = cluster.prepare(`${id}-peer`, `${id}-0`, work);
      return await copyByClient(parts, await toPeerContainer(cluster, specimen, `${id}-0`), bytes);
    },
    signal: bench.signal,
  });
  return [
    ...toLines(
      name,
      ours.map(({ plain }) => plain),
      peer,
    ),
    ...toLines(
      `${name}, rotated`,
      ours.map(({ rotated }) => rotated),
      peer,
    ),
  ];
}

/** The container copies a file that the host has in memory: nothing else is as fast and writes in given portions. */
async function prepareWork({ id, unit, bytes }: Chatter, { workDir }: Bench): Promise<BenchWork> {
  const dataDir = join(workDir, `${id}-data`);
  await mkdir(dataDir);
  await writeFile(join(dataDir, "output"), Buffer.alloc(bytes, unit));
  return { command: ["dd", "if=/data/output", `bs=${unit.length}`, "status=none"], dataDir, diskMb: 4096 };
}

function toLines(name: string, ours: readonly CopyCost[], peer: readonly CopyCost[]): Line[] {
  const line = lineMaker(ours, peer);
  return [
    line(name, "MB/s", ({ mbPerSecond }) => mbPerSecond, { kind: "gain", atLeast: 1 }),
    line("  CPU of the process that copies, per 100 MB", "ms", ({ cpuMsPer100Mb }) => cpuMsPer100Mb),
    line("  resident (VmRSS), the most that was seen", "MB", ({ residentMb }) => residentMb),
  ];
}
