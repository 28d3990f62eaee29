// Images on their way into a real daemon while registries fail.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ImageError } from "../../src/images/ensure/mod.ts";
import { testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { openPullScene, type PushedImage } from "./pull_scene.ts";

/** More than one answer has of a blob in one piece. */
const layerBytes = 8_000_000;
const blobs = /\/blobs\//;

/** Requests for the first layer. */
const layerOf = ({ layers }: PushedImage) => new RegExp(`/blobs/${layers[0]}$`);

/** What came more than once may be as much as a few sockets hold. */
function assertNoWaste(fetched: number, bytes: number): void {
  assert.ok(fetched >= bytes && fetched < bytes + 2_000_000, `${fetched} of ${bytes}`);
}

testOnDocker(
  "a connection that breaks in a layer is gone on with by Range, however often (J 25, 26)",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(layerBytes);
    const cut = { kind: "cut", at: "answer", afterBytes: 1_000_000 } as const;
    scene.upstream.obey({ match: { path: layerOf(pushed) }, times: 7, fault: cut });
    const ensured = await scene.ensure();
    assert.equal(ensured.id, pushed.id);
    assert.equal(scene.upstream.proxy.struck.length, 7);
    assertNoWaste(ensured.bytes, pushed.bytes);
  },
);

testOnDocker("a source that breaks off at once each time is left for another (J 27)", async ({ engine }) => {
  await using scene = await openPullScene(engine);
  const pushed = await scene.push(layerBytes);
  const mirror = await scene.openMirror();
  mirror.obey({ match: { path: blobs }, fault: { kind: "cut", at: "request" } });
  const ensured = await scene.ensure();
  assert.equal(ensured.id, pushed.id);
  assertNoWaste(ensured.bytes, pushed.bytes);
});

testOnDocker("a registry that asks for patience gets it (J 21, 24)", async ({ engine }) => {
  await using scene = await openPullScene(engine);
  const pushed = await scene.push(layerBytes);
  const fault = { kind: "status", status: 429, body: "slowly", headers: { "Retry-After": "1" } } as const;
  scene.upstream.obey(
    { match: { path: /manifests/ }, times: 1, fault },
    { match: { path: blobs }, times: 2, fault },
    { match: { path: blobs }, after: 2, times: 2, fault: { kind: "status", status: 503, body: "busy" } },
  );
  const ensured = await scene.ensure();
  assert.equal(ensured.id, pushed.id);
  assertNoWaste(ensured.bytes, pushed.bytes);
});

testOnDocker("wrong bytes of one source are dropped, and those of another taken (J 31)", async ({ engine }) => {
  await using scene = await openPullScene(engine);
  const pushed = await scene.push(layerBytes);
  await scene.openMirror({ honesty: "corrupt" });
  const ensured = await scene.ensure();
  assert.equal(ensured.id, pushed.id);
  assert.equal((await engine.inspectImage(scene.image))?.Id, pushed.id);
});

testOnDocker("wrong bytes everywhere are an error of their own, and nothing is kept (J 32)", async ({ engine }) => {
  await using scene = await openPullScene(engine, { honesty: "corrupt" });
  const pushed = await scene.push(layerBytes);
  await assert.rejects(scene.ensure(), { code: "corrupt" });
  assert.equal(await engine.inspectImage(pushed.id), undefined);
});

testOnDocker(
  "image pull ends with 3 for wrong bytes, also when another image is only absent",
  async ({ engine, binary }) => {
    await using scene = await openPullScene(engine, { honesty: "corrupt" });
    await scene.push(layerBytes);
    const words = [binary, "image", "pull", scene.image, `${scene.upstream.host}/ensure/none`];
    const { end, stderr } = await runCommand(words, { env: { MESOS_DOCKER_STATE: scene.state } });
    assert.equal(end, 3, stderr);
  },
);

testOnDocker("when every source is down, the error says what each of them said (J 37)", async ({ engine }) => {
  await using scene = await openPullScene(engine);
  await scene.push(layerBytes);
  const mirror = await scene.openMirror();
  mirror.obey({ match: {}, fault: { kind: "status", status: 503, body: "mirror is busy" } });
  scene.upstream.obey({ match: {}, fault: { kind: "status", status: 502, body: "origin is away" } });
  await assert.rejects(scene.ensure(), ({ code, message }: ImageError) => {
    // Each as it gives up: a slow one of them is overtaken.
    for (const cause of ["mirror is busy", "origin is away"]) assert.ok(message.includes(cause), message);
    return code === "unavailable";
  });
  assert.equal((await readdir(join(scene.state, "pulls")).catch(() => [])).length, 0);
});

testOnDocker(
  "a layer that stops coming fails the pull, and what came is there for the next (J 29)",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(layerBytes);
    scene.upstream.obey({
      match: { path: layerOf(pushed) },
      fault: { kind: "hang", at: "answer", afterBytes: 5_000_000 },
    });
    const patience = { standstillMs: 1500, silenceMs: 600_000, failures: 3 };
    await assert.rejects(scene.ensure({}, { patience }), {
      code: "unavailable",
      message: /has sent anything for 1.5 s$/,
    });
    scene.upstream.obey();
    const again = await scene.ensure();
    assert.equal(again.id, pushed.id);
    assert.ok(again.bytes < pushed.bytes - 3_000_000, `${again.bytes} came again`);
  },
);

testOnDocker(
  "who gives a pull up leaves nothing of it, neither on disk nor in the daemon (case 38)",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(layerBytes);
    scene.upstream.obey({
      match: { path: layerOf(pushed) },
      fault: { kind: "hang", at: "answer", afterBytes: 5_000_000 },
    });
    const ending = new AbortController();
    const onProgress = ({ currentBytes = 0 }: { currentBytes?: number }) => {
      if (currentBytes > 0) ending.abort(new Error("enough"));
    };
    await assert.rejects(scene.ensure({}, {}, { signal: ending.signal, onProgress }), { message: "enough" });
    assert.deepEqual(await readdir(join(scene.state, "pulls")), []);
    assert.equal(await engine.inspectImage(pushed.id), undefined);
  },
);
