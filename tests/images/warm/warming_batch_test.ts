import assert from "node:assert/strict";
import { test } from "node:test";
import { RegistryError } from "../../../registry/mod.ts";
import { EngineError } from "../../../src/docker/mod.ts";
import { untilAborted } from "../../fakes/engine_faults.ts";
import { inTime } from "../../fakes/waiting.ts";
import { type BatchScene, beginHeld, openBatchScene } from "./batch_scene.ts";

const together = ["queued", "pulling", "done: pulled"];

test("Warming has small images come by one load, tells of each, and protects each", async () => {
  const tags = ["a", "b", "c", "d", "e"];
  await using scene = await openBatchScene(...tags);
  await scene.begin();
  await scene.drain();
  assert.deepEqual(scene.loads, [tags]);
  for (const tag of tags) assert.deepEqual(scene.fateOf(tag), together);
  assert.deepEqual(await scene.protectedTags(), tags);
  assert.equal(scene.countUndone(), 0);
  const ids = scene.told.flatMap((news) => (news.state === "done" ? [news.id] : []));
  assert.deepEqual(
    ids,
    scene.pushed.map(({ content }) => content.id),
  );
});

test("Warming tells of an image that cannot be had, and alone of that, when others come together", async () => {
  await using scene = await openBatchScene("a", "b", "c", "d");
  const gone = scene.pushed[1];
  scene.onBlob = async (_, digest) => {
    if (digest !== gone?.content.layers[0]?.digest) return;
    await scene.registry.deleteManifest("app", gone.manifest);
    throw new RegistryError("BLOB_UNKNOWN", "it is not here any more");
  };
  await scene.begin();
  await scene.drain();
  assert.deepEqual(scene.loads, [["a", "c", "d"]]);
  for (const tag of ["a", "c", "d"]) assert.deepEqual(scene.fateOf(tag), together);
  assert.deepEqual(scene.fateOf("b"), ["queued", "pulling", "failed: absent"]);
  assert.deepEqual([scene.engine.callsOf("pullImage").length, scene.countUndone()], [0, 1]);
  assert.deepEqual(await scene.protectedTags(), ["a", "c", "d"]);
});

test("Warming has each image come alone when the daemon takes no archive, which it is given no more than twice", async () => {
  const tags = Array.from({ length: 36 }, (_, at) => `${at + 10}`);
  await using scene = await openBatchScene(...tags);
  // Three archives would be given, if it took them.
  for (const { content } of scene.pushed) scene.keep(content.id);
  scene.onLoad = async () => {
    throw new EngineError("failed", "Cannot load: no such file");
  };
  await scene.begin();
  await scene.drain();
  assert.deepEqual(scene.loads, [tags.slice(0, 16), tags.slice(16, 32)]);
  for (const tag of tags) assert.deepEqual(scene.fateOf(tag), ["queued", "pulling", "done: named"]);
  assert.deepEqual(await scene.protectedTags(), tags);
  assert.equal(scene.countUndone(), 0);
});

test("Warming neither tells of an image that has left the set while it came with others, nor protects it", async () => {
  await using scene = await openBatchScene("a", "b", "c");
  const letGo = await beginHeld(scene);
  await scene.begin({ without: ["b"] });
  letGo();
  await scene.drain();
  assert.deepEqual(scene.loads, [["a", "b", "c"]]);
  assert.deepEqual(["a", "b", "c"].map(scene.fateOf, scene), [together, ["queued", "pulling"], together]);
  assert.deepEqual(await scene.protectedTags(), ["a", "c"]);
});

test("Warming fetches an image afterwards that leaves the set and comes back while it came with others", async () => {
  await using scene = await openBatchScene("a", "b", "c");
  const letGo = await beginHeld(scene);
  await scene.begin({ without: ["b"] });
  await scene.begin();
  letGo();
  await scene.drain();
  assert.equal(scene.fateOf("b").at(-1), "done: named");
  assert.deepEqual(await scene.protectedTags(), ["a", "b", "c"]);
  assert.deepEqual([scene.loads.length, scene.countUndone()], [1, 0]);
});

test("Warming fetches no image that leaves, comes back, and leaves again while it came with others", async () => {
  await using scene = await openBatchScene("a", "b", "c");
  const letGo = await beginHeld(scene);
  await scene.begin({ without: ["b"] });
  await scene.begin();
  await scene.begin({ without: ["b"] });
  letGo();
  await scene.drain();
  assert.ok(!scene.fateOf("b").includes("done: named"), String(scene.fateOf("b")));
  assert.deepEqual(await scene.protectedTags(), ["a", "c"]);
});

test("Warming protects an image that leaves the set, and comes back when the daemon has it, while it came with others", async () => {
  await using scene = await openBatchScene("a", "b", "c");
  const letGo = await beginHeld(scene);
  await scene.begin({ without: ["b"] });
  await scene.begin({ here: ["b"] });
  letGo();
  await scene.drain();
  assert.match(scene.fateOf("b").at(-1) ?? "", /^done/);
  assert.deepEqual(await scene.protectedTags(), ["a", "b", "c"]);
});

test("Warming does not wait for the bytes of an image that leaves the set while it comes with others", async () => {
  await using scene = await openBatchScene("a", "b", "c");
  const asked = Promise.withResolvers<void>();
  scene.onBlob = async (_, digest) => {
    if (digest !== scene.pushed[1]?.content.layers[0]?.digest) return;
    asked.resolve();
    await never();
  };
  await scene.begin();
  await inTime(asked.promise, "the question for a blob");
  await scene.begin({ without: ["b"] });
  await scene.drain();
  assert.deepEqual(scene.loads, [["a", "c"]]);
  assert.deepEqual(["a", "b", "c"].map(scene.fateOf, scene), [together, ["queued", "pulling"], together]);
});

test("Warming has an image come alone whose tag has moved since it was planned", async () => {
  await using scene = await openBatchScene("a", "b", "c", "d");
  const moved = await scene.push("b");
  scene.keep(moved.content.id);
  await scene.begin();
  await scene.drain();
  assert.deepEqual(scene.loads, [["a", "c", "d"]]);
  for (const tag of ["a", "c", "d"]) assert.deepEqual(scene.fateOf(tag), together);
  assert.deepEqual(scene.fateOf("b"), ["queued", "pulling", "done: named"]);
  assert.ok(scene.told.some((news) => news.state === "done" && news.id === moved.content.id));
  assert.deepEqual(await scene.protectedTags(), ["a", "b", "c", "d"]);
});

test("Warming tells of an image that was loaded with others and that the daemon does not have after that", async () => {
  await using scene = await openBatchScene("a", "b", "c");
  scene.lost.add("b");
  await scene.begin();
  await scene.drain();
  assert.deepEqual(["a", "b", "c"].map(scene.fateOf, scene), [together, [...together, "missing"], together]);
  assert.equal(scene.countUndone(), 1);
});

const never = () => new Promise<never>(() => undefined);
const endings: Readonly<Record<string, Partial<Pick<BatchScene, "onBlob" | "onLoad">>>> = {
  "a blob does not come": { onBlob: never },
  "a blob is waited for": { onBlob: (_, __, options = {}) => untilAborted("get a blob", options.signal) },
  "the daemon has not answered": { onLoad: ({ signal }) => untilAborted("load", signal) },
};
for (const [when, hooks] of Object.entries(endings)) {
  test(`Warming ends with the signal when ${when}, and calls nothing done`, async () => {
    await using scene = await openBatchScene("a", "b", "c");
    const reached = Promise.withResolvers<void>();
    const { onBlob = scene.onBlob, onLoad = scene.onLoad } = hooks;
    scene.onBlob = async (...call) => {
      if (hooks.onBlob) reached.resolve();
      await onBlob(...call);
    };
    scene.onLoad = async (options) => {
      reached.resolve();
      await onLoad(options);
    };
    await scene.begin();
    await inTime(reached.promise, "the middle of a batch");
    scene.ending.abort(new Error("enough"));
    await scene.drain();
    for (const tag of ["a", "b", "c"]) assert.deepEqual(scene.fateOf(tag), ["queued", "pulling"]);
    assert.deepEqual(await scene.protectedTags(), []);
    assert.equal(scene.countUndone(), 3);
  });
}

test("Warming ends with the signal while it looks whether the daemon has what came together", async () => {
  await using scene = await openBatchScene("a", "b", "c");
  const asked = Promise.withResolvers<void>();
  scene.engine.listImages = (options) => {
    asked.resolve();
    return untilAborted("list images", options?.signal);
  };
  await scene.begin();
  await inTime(asked.promise, "the question what the daemon has");
  scene.ending.abort(new Error("enough"));
  await scene.drain();
  for (const tag of ["a", "b", "c"]) assert.deepEqual(scene.fateOf(tag), together);
});
