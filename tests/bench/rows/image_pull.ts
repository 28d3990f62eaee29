import { join } from "node:path";
import { findImageStore } from "../../../src/docker/mod.ts";
import { ensureImage } from "../../../src/images/ensure/mod.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { lineMaker, ownLine } from "../line.ts";
import { measurePairs } from "../pairs.ts";
import { openRawEngine } from "../raw_engine.ts";
import { pushLargeImage } from "../registries/bench_image.ts";
import { type CommandCost, measureCommand } from "../registries/command_cost.ts";
import { dockerPull } from "../registries/docker_pull.ts";
import { servePeer } from "../registries/registry_process.ts";
import { removedAfter } from "../registries/removed_after.ts";
import type { Bench, Row } from "../row.ts";

const gigabyte = 2 ** 30;

/** Images by what makes them slow: bytes, or layers. */
const kinds = [
  { name: "1 GB in 8 layers", repository: "bench/large", layers: 8, layerBytes: gigabyte / 8, atMost: 1 },
  { name: "120 layers of 64 KB", repository: "bench/many", layers: 120, layerBytes: 64 * 1024, atMost: 1.05 },
] as const;

/** Getting an image into the daemon that it does not have, and one that it has. */
export const imagePullRow: Row = {
  name: "image-pull",
  title: "`image pull` from a docker-registry on this host; peer: `docker pull` from there",
  async measure(bench) {
    await using source = await servePeer(bench);
    const lines = [];
    for (const kind of kinds) {
      await pushLargeImage(source.host, kind.repository, kind);
      const image = `${source.host}/${kind.repository}:latest`;
      for (const form of await listForms(bench)) {
        const { ours, peer } = await measurePairs({
          pairs: 3,
          warmUp: 1,
          ours: () => removedAfter(bench, image, () => pullByCommand(bench, image, ["--layers", form])),
          peer: () => removedAfter(bench, image, () => dockerPull(bench, image)),
          signal: bench.signal,
        });
        const line = lineMaker<{ wallMs: number }>(ours, peer);
        const goal = { kind: "ratio", atMost: kind.atMost } as const;
        lines.push(line(`wall, ${kind.name}, given ${form}`, "ms", ({ wallMs }) => wallMs, goal));
        lines.push(...toOwnLines(ours));
      }
    }
    lines.push(...(await measurePresent(bench, `${source.host}/${kinds[0].repository}:latest`)));
    return lines;
  },
};

/** How the daemon here can be given layers. */
async function listForms({ engine }: Bench): Promise<readonly ("raw" | "compressed")[]> {
  return findImageStore(await engine.info()) === "graph" ? ["raw", "compressed"] : ["compressed"];
}

function toOwnLines(costs: readonly CommandCost[]) {
  const of = (read: (cost: CommandCost) => number) => costs.map(read);
  return [
    ownLine(
      "  CPU of the command",
      "ms",
      of(({ cpuMs }) => cpuMs),
      { kind: "ours", atMost: 2000 },
    ),
    ownLine(
      "  resident (VmRSS), the most that was seen",
      "MB",
      of(({ residentMb }) => residentMb),
      {
        kind: "ours",
        atMost: 100,
      },
    ),
  ];
}

/** The peer of the call is one inspection by node:http; the command's start is ours alone. */
async function measurePresent(bench: Bench, image: string) {
  const { engine, signal } = bench;
  await engine.pullImage(image, { signal });
  try {
    const costs: CommandCost[] = [];
    for (let count = 0; count < 10; count++) costs.push(await pullByCommand(bench, image));
    using raw = await openRawEngine(bench);
    const { ours, peer } = await measurePairs({
      ...{ pairs: 50, warmUp: 5, signal },
      ours: () => timed(() => ensurePresent(bench, image)),
      peer: () => timed(() => raw.inspectImage(image)),
    });
    return [
      ownLine(
        "wall of the whole command, the image is there",
        "ms",
        costs.map(({ wallMs }) => wallMs),
      ),
      lineMaker(ours, peer)("wall of the call alone; peer: an inspection", "ms", (wallMs) => wallMs, {
        ...{ kind: "ours", atMost: 10 },
      }),
    ];
  } finally {
    await engine.removeImage(image);
  }
}

/** As executors call it for each task; no route is opened, as nobody but the daemon is asked. */
async function ensurePresent({ engine, workDir, signal }: Bench, image: string): Promise<void> {
  const parts = {
    ...{ engine, clock: systemClock, log: silentLog, way: "gateway" as const, state: [join(workDir, "state")] },
    openRoute: () => Promise.reject(new Error(`"${image}" was looked for in a registry`)),
    findAuth: async () => undefined,
  };
  const { outcome } = await ensureImage({ image, pull: "missing" }, parts, { signal });
  if (outcome !== "present") throw new Error(`"${image}" was ${outcome}, and had to be there`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
}

async function pullByCommand(
  { binary, workDir, signal }: Bench,
  image: string,
  flags: readonly string[] = [],
): Promise<CommandCost> {
  const variables = ["/usr/bin/env", `MESOS_DOCKER_STATE=${join(workDir, "state")}`];
  return await measureCommand([...variables, binary, "image", "pull", ...flags, image], signal);
}
