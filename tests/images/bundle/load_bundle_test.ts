import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  copyImage,
  memoryRegistry,
  openArchive,
  openDockerWriter,
  openSpool,
  openTarSink,
  toArchiveFile,
} from "../../../registry/mod.ts";
import { readBundle } from "../../../src/images/bundle/bundle.ts";
import { loadImages } from "../../../src/images/bundle/load_bundle.ts";
import { pushLayers, randomLayers } from "../../e2e/pull_scene.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { archiveFolder } from "../../registry/archive/tars.ts";

const { signal } = new AbortController();
const platform = { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" };
const name = "mesos-docker-test/loaded:1";

/** An archive of one image, and a daemon that takes whatever it is given and does nothing with it. */
async function openBench() {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await archiveFolder());
  const spool = opened.use(openSpool(folder.path));
  const source = { registry: memoryRegistry(), repository: "app" };
  const { id } = await pushLayers(source.registry, "app", "v1", await randomLayers([2000]), "tar");
  const path = join(folder.path, "bundle.tar");
  await using sink = await openTarSink(path, toArchiveFile(path));
  const writer = openDockerWriter(sink, { names: [], images: "several", packings: ["tar"], spool });
  await copyImage(source, { registry: writer.registry, repository: "image" }, "v1", { tags: [name] });
  await writer.finish();
  const [image = assert.fail()] = await readBundle(await openArchive(path, { place: path, spool }), { spool });
  const engine = new FakeEngine();
  let said: string[] = [];
  engine.loadImage = async (archive) => {
    for await (const bytes of archive as AsyncIterable<Uint8Array>) assert.ok(bytes.byteLength > 0);
    return said;
  };
  const load = (names = image.names) => loadImages([{ image, names }], { engine, spool, platform }, { signal });
  const say = (...words: string[]) => {
    said = words;
  };
  const held = opened.move();
  return { engine, id, load, say, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

test("loadImages() fails when the daemon has not got what it took", async () => {
  await using bench = await openBench();
  bench.say(name);
  const error = {
    code: "failed",
    message: `Cannot load image "${bench.id}": the daemon took it, and does not have it now`,
  };
  await assert.rejects(bench.load(), error);
  bench.say(bench.id);
  await assert.rejects(bench.load([]), error);
});

test("loadImages() finds what the daemon calls otherwise, by its name or by what the daemon says", async () => {
  await using bench = await openBench();
  const id = `sha256:${"a".repeat(64)}`;
  const { engine } = bench;
  const { loadImage } = engine;
  engine.loadImage = async (...words) => {
    const said = await loadImage(...words);
    engine.store.detailed = [{ id, names: [name], digests: [], layers: [] }];
    return said;
  };
  assert.deepEqual(await bench.load(), [{ names: [name], id, outcome: "loaded", moved: [] }]);
  engine.store.detailed = [];
  bench.say(id);
  assert.deepEqual(await bench.load([]), [{ names: [], id, outcome: "loaded", moved: [] }]);
});
