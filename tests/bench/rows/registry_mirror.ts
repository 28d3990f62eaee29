import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lineMaker } from "../line.ts";
import { measurePairs } from "../pairs.ts";
import { pushFamily } from "../registries/bench_image.ts";
import { type CommandCost, measureCommand } from "../registries/command_cost.ts";
import { requirePeer, servePeer } from "../registries/registry_process.ts";
import type { Bench, Row } from "../row.ts";

const family = { images: 100, baseBytes: 20 * 2 ** 20, ownBytes: 64 * 2 ** 10 };

/** Keeping many tags in step that have most of their bytes in common. */
export const registryMirrorRow: Row = {
  name: "registry-mirror",
  title: `${family.images} tags with one base from one docker-registry to another; peer: skopeo sync`,
  async measure(bench) {
    const skopeo = requirePeer("skopeo");
    await using source = await servePeer(bench);
    await pushFamily(source.host, "bench/family", family);
    const { ours, peer } = await measurePairs({
      pairs: 3,
      warmUp: 1,
      ours: async (index) => {
        await using target = await servePeer(bench);
        const plain = await writeMirrorFile(bench, `${index}-plain`, [source.host, target.host]);
        const immutable = await writeMirrorFile(bench, `${index}-immutable`, [source.host, target.host], ".*");
        const mirror = (file: string) => measureCommand([bench.binary, "registry", "mirror", file], bench.signal);
        return { first: await mirror(plain), again: await mirror(plain), immutable: await mirror(immutable) };
      },
      peer: async () => {
        await using target = await servePeer(bench);
        const argv = [
          ...[skopeo, "sync", "--src-tls-verify=false", "--dest-tls-verify=false", "--insecure-policy"],
          ...["--src", "docker", "--dest", "docker", `${source.host}/bench/family`, `${target.host}/bench`],
        ];
        const [first, again] = [await measureCommand(argv, bench.signal), await measureCommand(argv, bench.signal)];
        // It knows no tags that never move: what it does again is what it always does.
        return { first, again, immutable: again };
      },
      signal: bench.signal,
    });
    const line = lineMaker(ours, peer);
    const wall = (run: "first" | "again" | "immutable") => (costs: Record<typeof run, CommandCost>) =>
      costs[run].wallMs;
    const largest = ({ first, again }: Record<"first" | "again", CommandCost>) =>
      Math.max(first.residentMb, again.residentMb);
    return [
      line("first sync", "ms", wall("first"), { kind: "ratio", atMost: 0.5 }),
      line("  CPU of the command", "ms", ({ first }) => first.cpuMs),
      line("nothing to do, a HEAD per tag", "ms", wall("again"), { kind: "ratio", atMost: 0.3 }),
      line("  CPU of the command", "ms", ({ again }) => again.cpuMs),
      line("nothing to do, tags that never move", "ms", wall("immutable"), { kind: "ratio", atMost: 0.05 }),
      line("resident (VmRSS), the most that was seen", "MB", largest, { kind: "ours", atMost: 150 }),
    ];
  },
};

async function writeMirrorFile(
  { workDir }: Bench,
  name: string,
  [source, target]: [string, string],
  immutable?: string,
): Promise<string> {
  const path = join(workDir, `mirror-${name}.yaml`);
  const repository = {
    source: `http://${source}/bench/family`,
    targets: [`http://${target}/bench/family`],
    ...(immutable === undefined ? {} : { immutable }),
  };
  await writeFile(path, JSON.stringify({ repositories: [repository] }));
  return path;
}
