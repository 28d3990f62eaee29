import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigFile } from "../../../src/images/config/config_file.ts";
import { createImageState, type ImageState } from "../../../src/images/state/image_state.ts";
import type { WarmNews } from "../../../src/images/warm/warm_news.ts";
import type { WarmSet } from "../../../src/images/warm/warm_set.ts";
import { WarmSources } from "../../../src/images/warm/warm_sources.ts";
import { Warming } from "../../../src/images/warm/warming.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { idOf } from "../specimens.ts";

const images = ["a:1", "b:1"].map((reference) => ({
  reference,
  name: `docker.io/library/${reference}`,
  priority: 0,
}));

/** Begins a set whose images are here, and gives what is told. */
async function begin(state: ImageState, set: WarmSet): Promise<{ told: WarmNews[]; undone: number }> {
  const told: WarmNews[] = [];
  const log = silentLog;
  using sources = new WarmSources({ config: ConfigFile.open({ variables: {}, log }), variables: {}, log, limits: {} });
  using warming = new Warming({
    ...{ engine: new FakeEngine(), clock: systemClock, log, state, sources, atOnce: 1 },
    partsFor: () => assert.fail("nothing is fetched"),
    signal: new AbortController().signal,
    tell: (news) => told.push(news),
  });
  const present = set.images.map((image) => ({ image, id: idOf(1) }));
  await warming.begin(set, { present, refused: [], images: [], bytes: 0 });
  await warming.drain();
  return { told, undone: warming.countUndone(set) };
}

function failuresOf(told: readonly WarmNews[]): string[] {
  return told.map((news) => `${news.image.reference} ${news.state === "failed" ? news.code : news.state}`);
}

test("Warming tells of each image that is here and cannot be protected, and goes on with the others", async () => {
  await using fixture = await openFixture();
  const state = createImageState(fixture.path);
  mkdirSync(state.warm.path, { recursive: true });
  let puts = 0;
  const { put } = state.warm;
  state.warm.put = async (...call) => {
    // The folder has become a file for the first of them alone.
    const warm = puts++ === 0 ? createImageState(await fixture.write("file", "")).warm : state.warm;
    await put.apply(warm, call);
  };
  const { told, undone } = await begin(state, { images });
  assert.deepEqual(failuresOf(told), ["a:1 state", "b:1 done"]);
  assert.equal(undone, 1);
  assert.match(told[0]?.state === "failed" ? told[0].error : "", /^Cannot write ".*\.json": /);
});

test("Warming tells of each image of a file when what is known of images cannot be read", async () => {
  await using fixture = await openFixture();
  const state = createImageState(fixture.path);
  mkdirSync(state.warm.path, { recursive: true });
  writeFileSync(join(state.warm.path, "x.json"), "{}");
  const { told, undone } = await begin(state, { file: "/warm.yaml", images });
  assert.deepEqual(failuresOf(told), ["a:1 state", "b:1 state"]);
  assert.equal(undone, 2);
  await assert.rejects(begin(state, { file: "/warm.yaml", images: [] }), { name: "StateError" });
});
