import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError } from "../../src/docker/mod.ts";
import { delay, fail, hang } from "./engine_faults.ts";
import { FakeClock } from "./fake_clock.ts";
import type { FakeContainer } from "./fake_container.ts";
import { FakeEngine } from "./fake_engine.ts";

async function createRunning(engine: FakeEngine): Promise<FakeContainer> {
  const { id } = await engine.createContainer({ name: "c1", body: { Image: "busybox", Labels: { a: "1", b: "2" } } });
  await engine.startContainer(id);
  return engine.container;
}

test("FakeEngine fails once, then is well", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  engine.once("inspectImage", fail("timeout", "no answer"));
  await assert.rejects(engine.inspectImage("busybox"), new EngineError("timeout", "no answer"));
  assert.deepEqual((await engine.inspectImage("busybox"))?.RepoTags, ["busybox"]);
});

test("FakeEngine fails until it is healed", async () => {
  const engine = new FakeEngine();
  engine.always("info", fail("absent"));
  for (let call = 0; call < 3; call++) await assert.rejects(engine.info(), { code: "absent" });
  engine.heal("info");
  assert.equal((await engine.info()).ServerVersion, "20.10.24");
});

test("FakeEngine does what it was asked although its answer is lost", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  engine.once("createContainer", fail("timeout", "no answer", { effect: "done" }));
  await assert.rejects(engine.createContainer({ name: "c1", body: { Image: "busybox" } }), { code: "timeout" });
  assert.equal(engine.container.name, "c1");
});

test("FakeEngine hangs until its caller gives up, or the engine ends", async () => {
  const engine = new FakeEngine();
  engine.always("pullImage", hang());
  const caller = new AbortController();
  const first = engine.pullImage("busybox", { signal: caller.signal });
  const second = engine.pullImage("busybox");
  caller.abort();
  await assert.rejects(first, { code: "aborted" });
  await engine[Symbol.asyncDispose]();
  await assert.rejects(second, { code: "aborted" });
});

test("FakeEngine takes its time by its clock", async () => {
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock, images: ["busybox"] });
  engine.once("inspectImage", delay(1000));
  const image = engine.inspectImage("busybox");
  await clock.scheduled(1000);
  clock.advance(1000);
  assert.notEqual(await image, undefined);
});

test("FakeEngine stops a container that ignores it after the grace", async () => {
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock, images: ["busybox"] });
  const container = await createRunning(engine);
  container.stopManner = "ignores";
  const wait = await engine.openWait(container.id);
  const stopped = engine.stopContainer(container.id, { graceSeconds: 2 });
  await clock.scheduled(2000);
  assert.equal(container.status, "running");
  clock.advance(2000);
  await stopped;
  assert.deepEqual(await wait.exit, { statusCode: 137 });
});

test("FakeEngine gives output as it comes, and all of it as logs", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  const container = await createRunning(engine);
  container.write("stdout", "before ");
  const output = await engine.openAttach(container.id);
  container.write("stdout", "after");
  container.exit(0);
  const read = async (frames: AsyncIterable<{ bytes: Uint8Array }>) => {
    let text = "";
    for await (const { bytes } of frames) text += new TextDecoder().decode(bytes);
    return text;
  };
  assert.equal(await read(output), "after");
  assert.equal(await read(await engine.openLogs(container.id)), "before after");
});

test("FakeEngine keeps to the contract of removal and of what is absent", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  const container = await createRunning(engine);
  await assert.rejects(engine.createContainer({ name: "c1", body: { Image: "busybox" } }), { code: "conflict" });
  await assert.rejects(engine.createContainer({ name: "c2", body: { Image: "absent" } }), { code: "not_found" });
  await assert.rejects(engine.removeContainer("c1"), { code: "conflict" });
  await engine.removeContainer("c1", { force: true });
  await engine.removeContainer("c1");
  assert.equal(await engine.inspectContainer(container.id), undefined);
  for (const call of [engine.startContainer("c1"), engine.openWait("c1"), engine.openAttach("c1")]) {
    await assert.rejects(call, { code: "not_found" });
  }
});

test("FakeEngine lists containers by state and labels", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  const container = await createRunning(engine);
  const list = async (...labels: string[]) => (await engine.listContainers({ labels })).length;
  assert.deepEqual(
    [await list(), await list("a"), await list("a=1", "b=2"), await list("a=2"), await list("c")],
    [1, 1, 1, 0, 0],
  );
  container.exit(0);
  assert.equal(await list(), 0);
  assert.equal((await engine.listContainers({ all: true }))[0]?.State, "exited");
});

test("FakeEngine resizes the terminal of a container that runs, and tells what a container has written", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  const container = await createRunning(engine);
  await engine.resizeTty("c1", { rows: 24, columns: 80 });
  assert.deepEqual(container.terminalSize, { rows: 24, columns: 80 });
  container.writableBytes = 12;
  assert.deepEqual(await engine.containerSize("c1"), { writableBytes: 12 });
  assert.equal(await engine.containerSize("c2"), undefined);
  container.exit(0);
  await assert.rejects(engine.resizeTty("c1", { rows: 24, columns: 80 }), { code: "conflict" });
});
