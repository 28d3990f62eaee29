import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { EngineError, type EngineEvent } from "../../../src/docker/mod.ts";
import { ImageLookup } from "../../../src/images/ensure/image_lookup.ts";
import { ManifestBook } from "../../../src/images/ensure/manifest_book.ts";
import { type InventoryKeeper, openInventory } from "../../../src/images/inventory/inventory_keeper.ts";
import { type Pin, parsePin } from "../../../src/images/pins/pin.ts";
import { createImageState } from "../../../src/images/state/image_state.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { type Fixture, openFixture } from "../../fakes/own_runtime.ts";
import { indexOf, pushImage, pushManifest } from "../../registry/conformance/specimens.ts";
import { idOf } from "../specimens.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const base = { digest: `sha256:${"b".repeat(64)}`, bytes: 100 };

function imageOf(number: number) {
  const own = { digest: `sha256:${number.toString(16).padStart(64, "f")}`, bytes: number };
  return {
    id: idOf(number),
    names: [`image-${number}:1`],
    digests: [`image-${number}@${idOf(number)}`],
    layers: [base, own],
  };
}

async function open(fixture: Fixture, engine: FakeEngine, clock: FakeClock) {
  const state = createImageState(fixture.path);
  return { state, keeper: await openInventory(engine, state, { log: silentLog, clock }) };
}

async function findImage(keeper: InventoryKeeper, number: number) {
  return (await keeper.take()).images.find(({ id }) => id === idOf(number));
}

test("take() joins what daemon, files and usage say of an image", async () => {
  await using fixture = await openFixture();
  const clock = new FakeClock();
  const engine = new FakeEngine({
    clock,
    images: ["image-2:1"],
    onCreate: (container) => {
      container.imageId = idOf(2);
    },
  });
  engine.store.names.clear();
  engine.store.detailed = [imageOf(1), imageOf(2), { ...imageOf(3), digests: [] }];
  const { state, keeper } = await open(fixture, engine, clock);
  await state.pins.put("p", parsePin("image-1:1"));
  await state.warm.put("w", { reference: "image-2", imageId: idOf(2), warmedAtMs: 5 });
  await state.warm.put("m", { reference: "gone:1", imageId: idOf(9), warmedAtMs: 5 });
  await state.uses.put("u", { reference: "image-3:1", atMs: clock.now() - 7 });
  engine.store.names.add("image-2:1");
  await engine.createContainer({ name: "web", body: { Image: "image-2:1", Labels: { "mesos-docker.task": "t1" } } });
  engine.store.names.clear();
  const { images, totalBytes, missing, store } = await keeper.take();
  assert.equal(store, "graph");
  assert.equal(totalBytes, 106);
  assert.deepEqual(
    images.map(({ uniqueBytes }) => uniqueBytes),
    [1, 2, 3],
  );
  const [first, second, third] = images;
  assert.deepEqual([first?.pins.length, second?.pins.length], [1, 0]);
  assert.deepEqual(
    second?.warm.map(({ reference }) => reference),
    ["image-2"],
  );
  assert.deepEqual(
    second?.users.map(({ name, state, taskId }) => [name, state, taskId]),
    [["web", "created", "t1"]],
  );
  assert.equal(third?.lastUsedMs, clock.now() - 7);
  assert.deepEqual([first?.origin, third?.origin], ["registry", "none"]);
  assert.deepEqual(
    missing.map(({ reference }) => reference),
    ["gone:1"],
  );
});

test("take() joins pins that are stated elsewhere, as they are at that moment", async () => {
  await using fixture = await openFixture();
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock });
  engine.store.detailed = [imageOf(1), imageOf(2)];
  let stated: Pin[] = [];
  const options = { log: silentLog, clock, stated: () => stated };
  const keeper = await openInventory(engine, createImageState(fixture.path), options);
  assert.deepEqual((await findImage(keeper, 1))?.pins, []);
  stated = [{ ...parsePin("image-1:1"), statedIn: 'gc.pinned[0] of "/c.yaml"' }];
  assert.deepEqual((await findImage(keeper, 1))?.pins, stated);
  assert.deepEqual((await findImage(keeper, 2))?.pins, []);
});

test("a pin by a digest of its registry keeps an image that our gateway fetched for a storage driver", async () => {
  await using fixture = await openFixture();
  const engine = new FakeEngine();
  const registry = memoryRegistry({ checks: "nothing" });
  const [one, other] = [await pushImage(registry, "app", ["one"]), await pushImage(registry, "app", [])];
  await pushManifest(registry, "app", indexOf([other, one]), ["all"]);
  using lookup = new ImageLookup("app", {
    ...{ repository: "app", upstreams: [{ name: "r", registry }], direct: "allowed" },
    [Symbol.dispose]: () => undefined,
  });
  const { signal } = new AbortController();
  const [alone, below] = [await lookup.resolve("one", amd64, { signal }), await registry.getManifest("app", "all")];
  const { digest: id } = alone.manifest.config;
  engine.store.detailed = [
    { ...imageOf(1), id, digests: [] },
    { ...imageOf(2), digests: [] },
  ];
  const { state, keeper } = await open(fixture, engine, new FakeClock());
  const noted = `sha256:${"9".repeat(64)}`;
  const pins = [`app@${below.descriptor.digest}`, alone.own.descriptor.digest, noted].map(parsePin);
  for (const [index, pin] of pins.entries()) await state.pins.put(String(index), pin);
  const read = async () => (await keeper.take()).images.map((image) => image.pins.length);
  assert.deepEqual(await read(), [0, 0]);
  await new ManifestBook(fixture.path).remember({ ...alone, top: below });
  await state.arrivals.put(idOf(2), { imageId: idOf(2), reference: `app@${noted}`, atMs: 1 });
  assert.deepEqual(await read(), [2, 1]);
});

test("an image that our gateway fetched, and that has no name with a digest, came from a registry all the same", async () => {
  await using fixture = await openFixture();
  const engine = new FakeEngine();
  engine.store.detailed = [{ ...imageOf(3), digests: [] }];
  const { state, keeper } = await open(fixture, engine, new FakeClock());
  assert.equal((await findImage(keeper, 3))?.origin, "none");
  await state.arrivals.put(idOf(3), { imageId: idOf(3), reference: "image-3:1", atMs: 1 });
  assert.equal((await findImage(keeper, 3))?.origin, "registry");
});

test("an image of which the daemon tells nothing is one layer of its own, and one without a history is estimated", async () => {
  await using fixture = await openFixture();
  const engine = new FakeEngine();
  engine.store.detailed = [imageOf(1), imageOf(2), imageOf(3)];
  const { keeper } = await open(fixture, engine, new FakeClock());
  const refused = (code: "failed" | "not_found", status: number) =>
    ({ kind: "fail", effect: "none", error: new EngineError(code, "no such platform", { status }) }) as const;
  engine.once("inspectImage", refused("failed", 500));
  engine.once("imageHistory", refused("not_found", 404));
  const { images } = await keeper.take();
  assert.deepEqual(images[0]?.layers, [{ chain: idOf(1), bytes: 101 }]);
  assert.deepEqual(
    images.map(({ certainty }) => certainty),
    ["estimated", "estimated", "exact"],
  );
  const away = await openFixture();
  await using _away = away;
  const other = await open(away, engine, new FakeClock());
  engine.once("inspectImage", { kind: "fail", effect: "none", error: new EngineError("absent", "nobody is there") });
  await assert.rejects(other.keeper.take(), { code: "absent" });
});

test("take() fails when a file that may protect an image cannot be used", async () => {
  await using fixture = await openFixture();
  const engine = new FakeEngine();
  const { state, keeper } = await open(fixture, engine, new FakeClock());
  await state.pins.put("p", { kind: "colour", value: "red" } as never);
  await assert.rejects(keeper.take(), { name: "StateError", message: /^Cannot use ".*pins.*"/ });
});

test("500 images of a daemon that lists them slowly are listed once a minute at most, and asked about once each (J 62)", async () => {
  await using fixture = await openFixture();
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock });
  engine.store.detailed = Array.from({ length: 500 }, (_, number) => imageOf(number));
  const { keeper } = await open(fixture, engine, clock);
  const ending = new AbortController();
  const seen: EngineEvent[] = [];
  let wake = Promise.withResolvers<void>();
  const following = keeper.follow(ending.signal, (event) => {
    seen.push(event);
    wake.resolve();
  });
  const happen = async (type: string, action: string) => {
    wake = Promise.withResolvers();
    engine.happenings.push({ type, action, id: idOf(1), attributes: {}, timeMs: clock.now() });
    await wake.promise;
  };
  for (let second = 0; second < 300; second += 10) {
    await keeper.take();
    // Containers come and go all the time, and an image is named now and then.
    await happen("container", "start");
    if (second % 50 === 0) await happen("image", "tag");
    clock.advance(10_000);
  }
  assert.ok(engine.callsOf("listImages").length <= 5, `${engine.callsOf("listImages").length} lists in five minutes`);
  assert.ok(engine.callsOf("listImages").length >= 4, "and changes are seen");
  assert.equal(engine.callsOf("imageHistory").length, 500);
  const before = engine.callsOf("listImages").length;
  for (let minute = 0; minute < 10; minute++) {
    clock.advance(60_000);
    await keeper.take();
  }
  assert.ok(engine.callsOf("listImages").length <= before + 1, "nothing is listed while nothing changes");
  ending.abort();
  await following;
});

test("follow() takes up where it was when the daemon has been away, and lists anew", async () => {
  await using fixture = await openFixture();
  const clock = new FakeClock(1000);
  const engine = new FakeEngine({ clock });
  engine.store.detailed = [imageOf(1)];
  const { keeper } = await open(fixture, engine, clock);
  await keeper.take();
  assert.equal(keeper.isStale, false);
  const ending = new AbortController();
  const following = keeper.follow(ending.signal);
  engine.happenings.break(new EngineError("failed", "the daemon ended them"));
  await clock.scheduled(1000);
  assert.equal(keeper.isStale, true);
  ending.abort();
  await following;
});

test("usage outlives the process that has seen it: another one has the same order (J 60)", async () => {
  await using fixture = await openFixture();
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock });
  engine.store.detailed = [imageOf(1), imageOf(2)];
  engine.past.push({
    type: "container",
    action: "die",
    id: "c",
    attributes: { image: "image-2:1" },
    timeMs: clock.now() - 50,
  });
  const { keeper } = await open(fixture, engine, clock);
  await keeper.take();
  await keeper.save();
  engine.past.length = 0;
  clock.advance(1000);
  const { keeper: next } = await open(fixture, engine, clock);
  assert.equal((await findImage(next, 2))?.lastUsedMs, clock.now() - 1050);
  assert.equal((await findImage(next, 1))?.lastUsedMs, undefined);
  assert.equal((await findImage(next, 1))?.arrivedMs, clock.now() - 1000);
});

test("events are asked for by the daemon's clock, whatever the time is here", async () => {
  await using fixture = await openFixture();
  const clock = new FakeClock(1_000_000);
  const engine = new FakeEngine({ clock });
  engine.store.detailed = [imageOf(1)];
  const told = await engine.info();
  engine.info = async () => ({ ...told, SystemTime: new Date(5000).toISOString() });
  const attributes = { image: "image-1:1" };
  engine.past.push({ type: "container", action: "die", id: "a", attributes, timeMs: 4000 });
  await (await open(fixture, engine, clock)).keeper.save();
  engine.past.push({ type: "container", action: "die", id: "b", attributes, timeMs: 6000 });
  engine.info = async () => ({ ...told, SystemTime: new Date(7000).toISOString() });
  const { keeper } = await open(fixture, engine, clock);
  assert.equal((await findImage(keeper, 1))?.lastUsedMs, 6000);
});

test("what a removal has taken is left out without a new list", async () => {
  await using fixture = await openFixture();
  const engine = new FakeEngine();
  engine.store.detailed = [{ ...imageOf(1), names: ["a:1", "b:1"] }, imageOf(2)];
  const { keeper } = await open(fixture, engine, new FakeClock());
  await keeper.take();
  keeper.noteRemoved(idOf(1), ["a:1"]);
  assert.deepEqual((await findImage(keeper, 1))?.names, ["b:1"]);
  keeper.noteRemoved(idOf(1), ["b:1"]);
  assert.equal(await findImage(keeper, 1), undefined);
  assert.equal(engine.callsOf("listImages").length, 1);
});

test("notes of uses and arrivals are written down in the usage, and go when they are old", async () => {
  await using fixture = await openFixture();
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock });
  engine.store.detailed = [imageOf(1), imageOf(2)];
  const { keeper, state } = await open(fixture, engine, clock);
  const [newMs, oldMs] = [clock.now() - 1000, clock.now() - 31 * 24 * 3_600_000];
  await state.uses.put("docker.io/library/image-1:1", { reference: "image-1:1", atMs: oldMs });
  await state.uses.put("docker.io/library/other:1", { reference: "other:1", imageId: idOf(2), atMs: newMs });
  for (const [number, atMs] of [
    [1, oldMs],
    [8, newMs],
    [9, oldMs],
  ] as const) {
    await state.arrivals.put(idOf(number), { imageId: idOf(number), reference: "x", atMs });
  }
  await keeper.take();
  await keeper.save();
  assert.deepEqual(
    (await state.uses.list()).map(({ reference }) => reference),
    ["other:1"],
  );
  const kept = (await state.arrivals.list()).map(({ imageId }) => imageId);
  assert.deepEqual(kept.sort(), [idOf(1), idOf(8)], "one that is here, and one that may be on its way");
  assert.equal((await findImage(keeper, 1))?.lastUsedMs, oldMs);
  assert.equal((await findImage(keeper, 2))?.lastUsedMs, newMs);
});
