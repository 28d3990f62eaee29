import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lineMaker, ownLine } from "../line.ts";
import { measurePairs } from "../pairs.ts";
import { pushFamily } from "../registries/bench_image.ts";
import { measureCommand } from "../registries/command_cost.ts";
import { dockerPull } from "../registries/docker_pull.ts";
import { servePeer } from "../registries/registry_process.ts";
import type { Bench, Row } from "../row.ts";

const family = { images: 100, baseBytes: 20 * 2 ** 20, ownBytes: 64 * 2 ** 10 };

/** Getting many images into the daemon ahead of need that have most of their bytes in common. */
export const imageWarmRow: Row = {
  name: "image-warm",
  title: `\`image warm\` of ${family.images} images with one base; peer: docker pull, one after the other`,
  async measure(bench) {
    await using source = await servePeer(bench);
    await pushFamily(source.host, "bench/family", family);
    const images = Array.from({ length: family.images }, (_, index) => `${source.host}/bench/family:t${index}`);
    const file = join(bench.workDir, "warm.yaml");
    await writeFile(file, JSON.stringify({ images: images.map((image) => ({ image })) }));
    const { ours, peer } = await measurePairs({
      pairs: 2,
      warmUp: 0,
      ours: () => warmAndRemove(bench, images, () => warmByCommand(bench, file)),
      peer: () => warmAndRemove(bench, images, () => pullOneByOne(bench, images)),
      signal: bench.signal,
    });
    const line = lineMaker<{ wallMs: number }>(ours, peer);
    return [
      line("wall, until all are there", "ms", ({ wallMs }) => wallMs, { kind: "ratio", atMost: 0.6 }),
      ownLine(
        "  CPU of the command",
        "ms",
        ours.map(({ cpuMs }) => cpuMs),
      ),
      ownLine(
        "  resident (VmRSS), the most that was seen",
        "MB",
        ours.map(({ residentMb }) => residentMb),
      ),
    ];
  },
};

async function warmByCommand({ binary, workDir, signal }: Bench, file: string) {
  const variables = ["/usr/bin/env", `MESOS_DOCKER_STATE=${join(workDir, "state")}`];
  return await measureCommand([...variables, binary, "image", "warm", "--file", file], signal);
}

async function pullOneByOne(bench: Bench, images: readonly string[]): Promise<{ wallMs: number }> {
  const beganMs = performance.now();
  for (const image of images) await dockerPull(bench, image);
  return { wallMs: performance.now() - beganMs };
}

/** Nothing is left of them in the daemon, whatever happens. */
async function warmAndRemove<T>({ engine }: Bench, images: readonly string[], warm: () => Promise<T>): Promise<T> {
  try {
    return await warm();
  } finally {
    for (const image of images) await engine.removeImage(image, { force: true });
  }
}
