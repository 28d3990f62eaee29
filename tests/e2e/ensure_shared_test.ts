// Who else wants an image, who ends in the middle, and what is left for the others.
import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { RegistryError, type Served } from "../../registry/mod.ts";
import type { LayerProgress } from "../../src/images/ensure/mod.ts";
import { testOnDocker } from "./cases.ts";
import { RunningCommand, runCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { openPullScene, type PullScene, type PushedImage } from "./pull_scene.ts";

const layerBytes = 40_000_000;

/** The layer stops coming after that many bytes. */
function standStill({ upstream }: PullScene, { layers }: PushedImage, afterBytes: number): void {
  upstream.obey({
    match: { path: new RegExp(`/blobs/${layers[0]}$`) },
    times: 1,
    fault: { kind: "hang", at: "answer", afterBytes },
  });
}

testOnDocker(
  "a pull whose process is killed is gone on with, and next to nothing comes twice (J 50)",
  async (bench) => {
    const { engine, binary } = bench;
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(layerBytes);
    standStill(scene, pushed, 30_000_000);
    const words = [binary, "image", "pull", "--json", scene.image];
    const options = { env: { MESOS_DOCKER_STATE: scene.state } };
    await using first = new RunningCommand(words, options);
    const beginnings = async () => (await readdir(join(scene.state, "pulls"), { recursive: true })).filter(isUpload);
    const file = await eventually("the layer on disk", async () => {
      const { size } = await sizeOf(join(scene.state, "pulls"), await beginnings().catch(() => []));
      return size > 25_000_000 && size;
    });
    first.interrupt("SIGKILL");
    await first.result;
    // What it was given counts as its own, also when the registry hears of its end a moment later.
    const layer = pushed.layers[0];
    const isOfLayer = ({ request }: Served) => request?.kind === "blob_get" && request.digest === layer;
    await eventually("the end of its request", async () => scene.upstream.served.some(isOfLayer));
    scene.upstream.served.length = 0;
    const second = await runCommand(words, options);
    assert.equal(second.end, 0, second.stderr);
    const { bytes, id, outcome } = JSON.parse(second.stdout.trim().split("\n").at(-1) ?? "{}");
    assert.equal(outcome, "pulled");
    assert.equal(id, pushed.id);
    assert.ok(bytes < pushed.bytes - file + 3_000_000, `${bytes} of ${pushed.bytes} came again, ${file} were there`);
    assert.ok(scene.upstream.blobBytes < pushed.bytes - file + 4_000_000, `${scene.upstream.blobBytes} were given`);
    assert.deepEqual(await readdir(join(scene.state, "pulls")), []);
    const named = await engine.inspectImage(pushed.id);
    assert.deepEqual(named?.RepoTags, [scene.image]);
    assert.deepEqual(named?.RepoDigests, await scene.digestsOf(pushed));
  },
);

const isUpload = (path: string) => path.includes("/uploads/");

async function sizeOf(folder: string, names: readonly string[]): Promise<{ size: number }> {
  // What was found a moment ago may have been completed since.
  const sizeOfOne = (name: string) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    );
  const sizes = await Promise.all(names.map(sizeOfOne));
  return { size: Math.max(0, ...sizes) };
}

testOnDocker(
  "fifty who want one image cause one transfer, and who is not let in gets nothing of it (J 53)",
  async (bench) => {
    const { engine } = bench;
    const admit = async (authorization: string | undefined) => {
      const [name] = Buffer.from(authorization?.slice(6) ?? "", "base64")
        .toString()
        .split(":");
      if (name === "one" || name === "two") return name;
      throw new RegistryError(authorization ? "DENIED" : "UNAUTHORIZED", "not for you");
    };
    await using scene = await openPullScene(engine, { admit });
    const pushed = await scene.push(4_000_000);
    const auth = (username: string) => () =>
      Promise.resolve({ kind: "password", username, password: "x", serverAddress: "" } as const);
    const names = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? "one" : "two"));
    const ensured = await Promise.all([
      ...names.map((name) => scene.ensure({}, { ...scene.partsFor(auth(name)) })),
      assert.rejects(scene.ensure({}, { ...scene.partsFor(auth("three")) }), {
        code: "denied",
        message: /not for you/,
      }),
    ]);
    for (const one of ensured.filter((found) => found !== undefined)) assert.equal(one.id, pushed.id);
    const blobs = scene.upstream.served.filter(({ request, status }) => request?.kind === "blob_get" && status < 300);
    assert.equal(blobs.length, 2, "the layer and the configuration, once each");
    assert.deepEqual(await readdir(join(scene.state, "pulls")), []);
  },
);

testOnDocker(
  "who waits for another's pull sees it, may leave at once, and takes it over when it ends",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(layerBytes);
    standStill(scene, pushed, 30_000_000);
    const [first, leaving] = [new AbortController(), new AbortController()];
    const pulling = scene.ensure({}, {}, { signal: first.signal });
    pulling.catch(() => undefined);
    await eventually("the pull", () => scene.upstream.proxy.struck.length > 0);
    const seen: (readonly [string, LayerProgress | object])[] = [];
    const left = scene.ensure({}, {}, { signal: leaving.signal, onProgress: (layer) => seen.push(["leaves", layer]) });
    const stays = scene.ensure({}, {}, { onProgress: (layer) => seen.push(["stays", layer]) });
    await eventually("both have seen it", () => new Set(seen.map(([who]) => who)).size === 2);
    leaving.abort(new Error("no more"));
    await assert.rejects(left, { message: "no more" });
    first.abort(new Error("killed"));
    await assert.rejects(pulling, { message: "killed" });
    const ensured = await stays;
    assert.equal(ensured.outcome, "pulled");
    assert.equal(ensured.id, pushed.id);
    assert.ok(ensured.bytes < 20_000_000, `${ensured.bytes} came again`);
    assert.deepEqual(await readdir(join(scene.state, "pulls")), []);
  },
);
