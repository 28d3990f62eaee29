// Layers that the gateway unpacks on their way into a real daemon (decision 0020).
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, findImageStore } from "../../src/docker/mod.ts";
import { packLayer } from "../images/layer.ts";
import { testOnDocker } from "./cases.ts";
import { openPullScene, type PullScene, pushLayers, randomLayers } from "./pull_scene.ts";

/** Pushes an image whose layers are packed, to about half of these sizes. */
async function pushPacked(scene: PullScene, packing: "gzip" | "zstd", sizes: readonly number[]) {
  const layers = sizes.map((size, index) => {
    const content = Buffer.from(randomBytes(size / 2).toString("hex"));
    return packLayer([{ kind: "file", path: `data/${index}`, mode: 0o644, content }]);
  });
  return await pushLayers(scene.upstream.content, scene.repository, scene.tag, await Promise.all(layers), packing);
}

/** Whether the daemon takes unpacked layers. */
async function takesRaw(engine: Engine): Promise<boolean> {
  return findImageStore(await engine.info()) === "graph";
}

testOnDocker(
  "layers are unpacked for a storage driver, and refused to be for containerd's store",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await pushPacked(scene, "gzip", [3_000_000, 1_000_000]);
    if (!(await takesRaw(engine))) {
      await assert.rejects(scene.ensure({}, { layers: "raw" }), { code: "refused", message: /MESOS_DOCKER_LAYERS/ });
      assert.equal((await scene.ensure()).outcome, "pulled");
      return;
    }
    const words: string[] = [];
    const onProgress = ({ id, status }: { id?: string; status: string }) => void words.push(`${id} ${status}`);
    const names: string[] = [];
    const ensured = await scene.ensure({}, { layers: "raw", engine: noting(engine, names) }, { onProgress });
    assert.ok(names[0] && !names[0].endsWith(pushed.digest), "the daemon is given another manifest");
    assert.equal(ensured.outcome, "pulled");
    const found = await engine.inspectImage(scene.image);
    assert.equal(found?.Id, pushed.id);
    assert.deepEqual(found?.RepoTags, [scene.image]);
    assert.deepEqual(found?.RepoDigests, []);
    assert.equal(scene.upstream.count("blob_get"), 3, "each blob is asked for once");
    const own = pushed.layers.map((digest) => `${digest.slice(7, 19)} Pull complete`);
    assert.deepEqual(
      words.filter((word) => own.includes(word)).sort(),
      own.sort(),
      "layers are told by their own names",
    );
    assert.deepEqual(await readdir(join(scene.state, "pulls")), []);
    assert.equal((await scene.ensure()).outcome, "present");
  },
);

testOnDocker("layers are left as they are where that is wished", async ({ engine }) => {
  await using scene = await openPullScene(engine);
  const pushed = await pushPacked(scene, "gzip", [3_000_000]);
  const words: string[] = [];
  const ensured = await scene.ensure({}, { layers: "compressed", engine: noting(engine, words) });
  assert.equal(ensured.outcome, "pulled");
  const found = await engine.inspectImage(scene.image);
  assert.deepEqual(found?.RepoTags, [scene.image]);
  assert.ok(words[0]?.endsWith(`@${pushed.digest}`), `${words}`);
});

/** The daemon, and what it is asked to pull. */
function noting(engine: Engine, names: string[]): Engine {
  const noted = Object.create(engine) as Engine;
  noted.pullImage = (name, options) => {
    names.push(name);
    return engine.pullImage(name, options);
  };
  return noted;
}

testOnDocker(
  "a daemon with a storage driver is given layers unpacked, those of zstd that it knows nothing of as well",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    if (!(await takesRaw(engine))) return;
    const pushed = await pushPacked(scene, "zstd", [1_000_000, 10]);
    assert.equal((await scene.ensure()).id, pushed.id);
  },
);

testOnDocker("a layer that came unpacked is not fetched again with another image", async ({ engine }) => {
  await using scene = await openPullScene(engine);
  if (!(await takesRaw(engine))) return;
  const [base, one, other] = await randomLayers([1_000_000, 10, 20]);
  assert.ok(base && one && other);
  const push = (tag: string, top: typeof one) =>
    pushLayers(scene.upstream.content, scene.repository, tag, [base, top], "gzip");
  await push(scene.tag, one);
  await push("other", other);
  const image = `${scene.upstream.host}/${scene.repository}:other`;
  await scene.ensure({}, { layers: "raw" });
  const before = scene.upstream.blobBytes;
  try {
    await scene.ensure({ image }, { layers: "raw" });
    assert.ok(scene.upstream.blobBytes - before < 100_000, `${scene.upstream.blobBytes - before} more bytes`);
  } finally {
    await engine.removeImage(image, { force: true });
  }
});

testOnDocker(
  "a source that sends wrong bytes is left for another, though they are unpacked before they are known",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await pushPacked(scene, "gzip", [4_000_000]);
    if (!(await takesRaw(engine))) return;
    await scene.openMirror({ honesty: "corrupt" });
    const ensured = await scene.ensure({}, { layers: "raw" });
    assert.equal(ensured.id, pushed.id);
  },
);

testOnDocker("wrong bytes of the only source are told as that source's", async ({ engine }) => {
  await using scene = await openPullScene(engine, { honesty: "corrupt" });
  await pushPacked(scene, "gzip", [4_000_000]);
  if (!(await takesRaw(engine))) return;
  const host = scene.upstream.host.replaceAll(".", "\\.");
  await assert.rejects(scene.ensure({}, { layers: "raw" }), { code: "corrupt", message: new RegExp(host) });
});

testOnDocker("connections that break, however often, cost nothing but what is missing", async ({ engine }) => {
  await using scene = await openPullScene(engine);
  const pushed = await pushPacked(scene, "gzip", [16_000_000]);
  if (!(await takesRaw(engine))) return;
  const cut = { kind: "cut", at: "answer", afterBytes: 1_000_000 } as const;
  const path = new RegExp(`/blobs/${pushed.layers[0]}$`);
  scene.upstream.obey({ match: { path }, times: 7, fault: cut });
  const ensured = await scene.ensure({}, { layers: "raw" });
  assert.equal(ensured.id, pushed.id);
  assert.equal(scene.upstream.proxy.struck.length, 7);
  assert.ok(ensured.bytes < pushed.bytes + 2_000_000, `${ensured.bytes} of ${pushed.bytes}`);
});
