// A mirror that is killed in the middle, and begun again.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { memoryRegistry, openRegistryServer, type Registry } from "../../registry/mod.ts";
import { list, prepareImage, pushManifest } from "../registry/conformance/specimens.ts";
import { testOnBinary } from "./cases.ts";
import { RunningCommand, runCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { openStoreFolder } from "./served_registry.ts";

const at = "app";
const tags = ["v1", "v2", "v3", "v4"];

/** A registry that counts the bytes of blobs that are read from it, and gives no more of them after `gate.left`. */
class MeteredSource {
  readonly content = memoryRegistry();
  readonly registry: Registry;
  bytes = 0;
  readonly given = new Map<string, number>();
  /** Blobs that are given at once; the others wait. */
  left = Number.POSITIVE_INFINITY;

  constructor() {
    const { content } = this;
    const getBlob: Registry["getBlob"] = async (repository, digest, options) => {
      const blob = await content.getBlob(repository, digest, options);
      if (this.left-- <= 0) await new Promise(() => undefined);
      this.bytes += blob.descriptor.size;
      this.given.set(digest, (this.given.get(digest) ?? 0) + 1);
      return blob;
    };
    this.registry = new Proxy(content, {
      get: (_, name: keyof Registry) =>
        name === "getBlob" ? getBlob : (content[name] as (...words: unknown[]) => unknown).bind(content),
    });
  }
}

testOnBinary("a mirror that is killed and begun again copies nothing twice", async (binary) => {
  await using folder = await openStoreFolder();
  const source = new MeteredSource();
  const target = memoryRegistry();
  let total = 0;
  for (const tag of tags) {
    await pushManifest(source.content, at, await prepareImage(source.content, at), [tag]);
    total += 200 + 2000;
  }
  await using from = await openRegistryServer(source.registry, { port: 0, drainMs: 100 });
  await using to = await openRegistryServer(target, { port: 0, drainMs: 100 });
  const path = join(folder.path, "mirror.yaml");
  const where = `source: "${from.url.origin}/${at}", targets: ["${to.url.origin}/${at}"]`;
  await writeFile(path, `repositories: [{ ${where} }]\n`);
  source.left = 3;
  const words = [binary, "registry", "mirror", path, "--json", "--concurrency", "1"];
  await using running = new RunningCommand(words);
  const arrived = () =>
    eventually("the blobs that were given", async () => source.left < 0 && (await countBlobs()) === 3);
  const countBlobs = async () => {
    let count = 0;
    for (const digest of source.given.keys()) {
      count += await target.statBlob(at, digest as `sha256:${string}`).then(
        () => 1,
        () => 0,
      );
    }
    return count;
  };
  await arrived();
  running.interrupt("SIGKILL");
  assert.equal((await running.result).end, "SIGKILL");
  const before = source.bytes;
  source.left = Number.POSITIVE_INFINITY;
  const { end, stdout, stderr } = await runCommand(words);
  assert.equal(end, 0, stderr);
  assert.equal(source.bytes, total, `${before} bytes came before the kill`);
  assert.deepEqual([...new Set(source.given.values())], [1], "each blob was given once");
  assert.deepEqual(await list(target.listTags(at)), tags);
  const { bytes, tags: counts } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  assert.ok(bytes >= total - before);
  assert.equal(counts.add, 4);
});
