// Copies whose upload of a large blob breaks off in the middle, with their process or with the connection.
import assert from "node:assert/strict";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistryClient, openRegistryServer } from "../../registry/mod.ts";
import { openFaultProxy } from "../faults/fault_proxy.ts";
import { testOnBinary } from "./cases.ts";
import { RunningCommand, runCommand } from "./command.ts";
import { hasDistribution, serveDistribution } from "./distribution.ts";
import { eventually } from "./eventually.ts";
import { HeldSource } from "./held_source.ts";
import { pushRandomImage } from "./pull_scene.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";

const at = "app";
const layerBytes = 20_000_000;
/** As much of the layer comes at once; the rest when the source is let go on. */
const part = 12_000_000;
/** What of it the target has on its disk for sure. */
const written = part - 2 * 1024 * 1024;

/** A mirror file and the words that copy, either way, from a source to a target. */
async function waysOf(binary: string, folder: string, from: string, to: string): Promise<Record<string, string[]>> {
  const path = join(folder, "mirror.yaml");
  await writeFile(path, `repositories: [{ source: "http://${from}/${at}", targets: ["http://${to}/${at}"] }]\n`);
  const copy = [`http://${from}/${at}:v1`, `http://${to}/${at}:v1`];
  return {
    mirror: [binary, "registry", "mirror", path, "--json"],
    copy: [binary, "registry", "copy", ...copy, "--json"],
  };
}

/** Bytes of files below a folder. */
async function measure(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    if (found?.isFile()) bytes += found.size;
  }
  return bytes;
}

for (const way of ["mirror", "copy"]) {
  testOnBinary(
    `registry ${way} that is killed within a large blob goes on there when it is begun again`,
    async (binary) => {
      await using folder = await openStoreFolder();
      const [store, state] = [join(folder.path, "store"), join(folder.path, "state")];
      const source = new HeldSource(part);
      const image = await pushRandomImage(source.content, at, "v1", [layerBytes]);
      await using from = await openRegistryServer(source.registry, { port: 0, drainMs: 0 });
      let to = await serveRegistry(binary, ["--store", store]);
      try {
        const words = (await waysOf(binary, folder.path, from.url.host, to.host))[way] ?? [];
        const env = { MESOS_DOCKER_STATE: state };
        await using running = new RunningCommand(words, { env });
        await eventually("the layer's beginning", async () => (await measure(store)) > written);
        running.interrupt("SIGKILL");
        await running.result;
        source.released.resolve();
        const [note = ""] = (await readdir(join(state, "uploads"))).filter((name) => name.endsWith(".json"));
        assert.equal((await stat(join(state, "uploads", note))).mode & 0o777, 0o600);
        // The registry's own restart ends no session of it.
        await to[Symbol.asyncDispose]();
        to = await serveRegistry(binary, ["--store", store, "--listen", to.host]);
        const { end, stdout, stderr } = await runCommand(words, { env });
        assert.equal(end, 0, stdout + stderr);
        const [first, second = 0, ...more] = source.begun;
        assert.deepEqual([first, more], [0, []]);
        assert.ok(second > written, `${second}`);
        const { bytes } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
        assert.ok(bytes <= image.bytes - second + 10_000, `${bytes} of ${image.bytes} from ${second} on`);
        using target = openRegistryClient(to.host);
        assert.equal((await target.statManifest(at, "v1")).digest, image.digest);
        await using layer = await target.getBlob(at, image.layers[0] ?? image.id);
        let read = 0;
        for await (const piece of layer.body) read += piece.byteLength;
        assert.equal(read, image.bytes, "of its digest: the client checks it");
        assert.deepEqual(await readdir(join(state, "uploads")), []);
      } finally {
        await to[Symbol.asyncDispose]();
      }
    },
  );
}

if (hasDistribution) {
  for (const [title, breakOff] of [
    ["whose connection is cut within a large blob sends it again by itself", "connection"],
    ["that is killed within a large blob sends it again when it is begun again", "process"],
  ] as const) {
    testOnBinary(`registry copy to docker-registry ${title}`, async (binary) => {
      await using folder = await openStoreFolder();
      const source = new HeldSource(part);
      const image = await pushRandomImage(source.content, at, "v1", [layerBytes]);
      await using from = await openRegistryServer(source.registry, { port: 0, drainMs: 0 });
      await using to = await serveDistribution(folder.path);
      const [host = "", port] = to.host.split(":");
      const place = { kind: "tcp", host, port: Number(port) } as const;
      await using proxy = await openFaultProxy({ kind: "tcp", host, port: 0 }, () => place);
      const { copy = [] } = await waysOf(binary, folder.path, from.url.host, `${host}:${proxy.port}`);
      const env = { MESOS_DOCKER_STATE: join(folder.path, "state") };
      await using running = new RunningCommand(copy, { env });
      await eventually("the layer's beginning", async () => (await measure(join(folder.path, "data"))) > written);
      if (breakOff === "connection") proxy.cutAll();
      else running.interrupt("SIGKILL");
      if (breakOff === "process") await running.result;
      source.released.resolve();
      const { end, stdout, stderr } = await (breakOff === "connection" ? running.result : runCommand(copy, { env }));
      assert.equal(end, 0, stdout + stderr);
      assert.deepEqual(source.begun, [0, 0], "it goes on with no session whose last place is lost");
      using target = openRegistryClient(to.host);
      assert.equal((await target.statManifest(at, "v1")).digest, image.digest);
      assert.deepEqual(await readdir(join(folder.path, "state", "uploads")), []);
    });
  }
}
