import { lineMaker } from "../line.ts";
import { measurePairs } from "../pairs.ts";
import { pushLargeImage } from "../registries/bench_image.ts";
import { measureCommand } from "../registries/command_cost.ts";
import { requirePeer, servePeer } from "../registries/registry_process.ts";
import type { Row } from "../row.ts";

const layers = 8;

/** Moving a large image from one registry to another. */
export const registryCopyRow: Row = {
  name: "registry-copy",
  title: `an image of 1 GB (unpacked) in ${layers} layers from one docker-registry to another, empty one; peer: skopeo copy`,
  async measure(bench) {
    const skopeo = requirePeer("skopeo");
    await using source = await servePeer(bench);
    await pushLargeImage(source.host, "bench/large", { layers, layerBytes: 2 ** 30 / layers });
    const from = `${source.host}/bench/large:latest`;
    const copy = async (toArgv: (target: string) => string[]) => {
      await using target = await servePeer(bench);
      return await measureCommand(toArgv(`${target.host}/bench/large:latest`), bench.signal);
    };
    const { ours, peer } = await measurePairs({
      pairs: 3,
      warmUp: 1,
      ours: () => copy((target) => [bench.binary, "registry", "copy", from, target]),
      peer: () =>
        copy((target) => [
          ...[skopeo, "copy", "--quiet", "--src-tls-verify=false", "--dest-tls-verify=false"],
          ...["--insecure-policy", `docker://${from}`, `docker://${target}`],
        ]),
      signal: bench.signal,
    });
    const line = lineMaker(ours, peer);
    return [
      line("wall", "ms", ({ wallMs }) => wallMs, { kind: "ratio", atMost: 0.8 }),
      line("CPU of the command", "ms", ({ cpuMs }) => cpuMs),
      line("resident (VmRSS), the most that was seen", "MB", ({ residentMb }) => residentMb, {
        kind: "ours",
        atMost: 150,
      }),
    ];
  },
};
