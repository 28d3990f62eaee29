import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { digestOf, openRegistryClient } from "../../../registry/mod.ts";
import { lineMaker } from "../line.ts";
import { watchMemory } from "../memory_watch.ts";
import { measurePairs } from "../pairs.ts";
import { readCpuMs } from "../process_cost.ts";
import { pushLargeImage } from "../registries/bench_image.ts";
import { measureHeads } from "../registries/head_load.ts";
import { type RegistryProcess, requirePeer, serveOurs, servePeer } from "../registries/registry_process.ts";
import type { Row } from "../row.ts";

const repository = "bench/large";
/** Half of it is left when it is packed. */
const layerBytes = 512 * 2 ** 20;
const upload = { bytes: 256 * 2 ** 20, pieceBytes: 2 ** 20 };

/** What the registry costs those who read it and write to it. */
export const registryServeRow: Row = {
  name: "registry-serve",
  title: "a registry on disk, asked by one process; peer: docker-registry with its file system driver",
  async measure(bench) {
    await using peerRegistry = await servePeer(bench);
    await using ownRegistry = await serveOurs(bench);
    const size = { layers: 1, layerBytes };
    const piece = randomBytes(upload.pieceBytes);
    const sides = {
      ours: { registry: ownRegistry, ...(await pushLargeImage(ownRegistry.host, repository, size)) },
      peer: { registry: peerRegistry, ...(await pushLargeImage(peerRegistry.host, repository, size)) },
    };
    const look = async ({ registry, blobs }: (typeof sides)["ours"], index: number) => {
      const heads = await measureHeads(registry.host, `/v2/${repository}/manifests/latest`);
      const [download, residentMb] = await watchMemory(() => registry.pid, measureDownload(registry, blobs[0]?.digest));
      const [pushed, pushingMb] = await watchMemory(() => registry.pid, measureUpload(registry, piece, index));
      return { heads, download, pushed, residentMb: Math.max(residentMb, pushingMb) };
    };
    const { ours, peer } = await measurePairs({
      pairs: 5,
      warmUp: 1,
      ours: (index) => look(sides.ours, index),
      peer: (index) => look(sides.peer, index),
      signal: bench.signal,
    });
    const line = lineMaker(ours, peer);
    return [
      line("HEAD of a manifest, 16 clients", "/s", ({ heads }) => heads, { kind: "gain", atLeast: 1 }),
      line("GET of a blob", "MB/s", ({ download }) => download.mbPerSecond, { kind: "gain", atLeast: 1 }),
      line("  CPU of the registry, per 100 MB", "ms", ({ download }) => download.cpuMsPer100Mb),
      line("push of a blob (ours with fsync)", "MB/s", ({ pushed }) => pushed.mbPerSecond, {
        kind: "gain",
        atLeast: 1,
      }),
      line("  CPU of the registry, per 100 MB", "ms", ({ pushed }) => pushed.cpuMsPer100Mb),
      line("resident (VmRSS), the most that was seen", "MB", ({ residentMb }) => residentMb, {
        kind: "ours",
        atMost: 150,
      }),
    ];
  },
};

interface TransferCost {
  readonly mbPerSecond: number;
  readonly cpuMsPer100Mb: number;
}

/** By curl: a client of ours takes longer to receive than either registry to send. */
async function measureDownload({ host, pid }: RegistryProcess, digest: string | undefined): Promise<TransferCost> {
  return await measureTransfer(pid, async () => {
    const curl = [requirePeer("curl"), "--fail", "--silent", "--show-error", "--output", "/dev/null"];
    const url = `http://${host}/v2/${repository}/blobs/${digest}`;
    const child = Bun.spawn([...curl, "--write-out", "%{size_download}", url], { stdout: "pipe", stderr: "pipe" });
    const [said, fault, code] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
    if (code !== 0) throw new Error(`Cannot read "${url}": ${fault}`);
    return Number(said);
  });
}

/** The first bytes are different each time, for a registry that has a blob already does not take it again. */
async function measureUpload({ host, pid }: RegistryProcess, piece: Uint8Array, index: number): Promise<TransferCost> {
  const head = new TextEncoder().encode(`blob ${index} of ${pid}`);
  const count = upload.bytes / upload.pieceBytes;
  const digest = digestOf(Buffer.concat([head, ...Array.from({ length: count }, () => piece)]));
  using registry = openRegistryClient(host);
  const body = async function* () {
    yield head;
    for (let sent = 0; sent < count; sent++) yield piece;
  };
  return await measureTransfer(pid, async () => {
    const { size } = await registry.pushBlob(repository, { digest, size: head.length + upload.bytes }, body());
    return size;
  });
}

async function measureTransfer(pid: number, transfer: () => Promise<number>): Promise<TransferCost> {
  const began = { ms: performance.now(), cpuMs: readCpuMs(pid) };
  const megabytes = (await transfer()) / 2 ** 20;
  const cpuMs = readCpuMs(pid) - began.cpuMs;
  return {
    mbPerSecond: (megabytes * 1000) / (performance.now() - began.ms),
    cpuMsPer100Mb: (cpuMs * 100) / megabytes,
  };
}
