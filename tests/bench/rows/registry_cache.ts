import { lineMaker } from "../line.ts";
import { watchMemory } from "../memory_watch.ts";
import { measurePairs } from "../pairs.ts";
import { pushLargeImage } from "../registries/bench_image.ts";
import { openCountingProxy } from "../registries/counting_proxy.ts";
import { type RegistryProcess, serveOurs, servePeer } from "../registries/registry_process.ts";
import type { Row } from "../row.ts";

const clients = 8;
/** Half of it is left when it is packed. */
const layerBytes = 512 * 2 ** 20;

/** Many clients who want the same blob of a cache that does not have it. */
export const registryCacheRow: Row = {
  name: "registry-cache",
  title: `${clients} clients ask a cold cache for one blob of 256 MB; peer: docker-registry as a proxy`,
  async measure(bench) {
    await using upstream = await servePeer(bench);
    const { blobs } = await pushLargeImage(upstream.host, "bench/large", { layers: 1, layerBytes });
    const [blob] = blobs;
    if (blob === undefined) throw new Error("The image has no layer");
    const look = async (open: (upstreamHost: string) => Promise<RegistryProcess>, prefix: string) => {
      await using proxy = await openCountingProxy(upstream.host);
      await using cache = await open(proxy.host);
      const url = `http://${cache.host}/v2/${prefix}bench/large/blobs/${blob.digest}`;
      const beganMs = performance.now();
      const all = Promise.all(Array.from({ length: clients }, () => download(url, blob.size)));
      const [, residentMb] = await watchMemory(() => cache.pid, all);
      return { wallMs: performance.now() - beganMs, gets: proxy.blobGets, residentMb };
    };
    const { ours, peer } = await measurePairs({
      pairs: 3,
      warmUp: 1,
      ours: () => look((host) => serveOurs(bench, ["--upstream", `up=http://${host}`]), "up/"),
      peer: () => look((host) => servePeer(bench, { proxyOf: host }), ""),
      signal: bench.signal,
    });
    const line = lineMaker(ours, peer);
    return [
      line("GETs of the blob upstream", "GETs", ({ gets }) => gets, { kind: "ours", atMost: 1 }),
      line("wall, until all have it", "ms", ({ wallMs }) => wallMs),
      line("resident (VmRSS) of the cache, the most that was seen", "MB", ({ residentMb }) => residentMb, {
        kind: "ours",
        atMost: 150,
      }),
    ];
  },
};

async function download(url: string, expected: number): Promise<void> {
  const answer = await fetch(url);
  if (!answer.ok || answer.body === null) throw new Error(`"${url}" answers ${answer.status}`);
  let size = 0;
  for await (const bytes of answer.body) size += bytes.byteLength;
  if (size !== expected) throw new Error(`"${url}" gives ${size} bytes`);
}
