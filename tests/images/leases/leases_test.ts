import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import { announceRemoval, listLeases, takeLease } from "../../../src/images/leases/leases.ts";
import { createImageState } from "../../../src/images/state/image_state.ts";
import { readProcessSight } from "../../../src/runtime/process_identity.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { type Fixture, finish, openFixture, startScript } from "../../fakes/own_runtime.ts";
import { idOf } from "../specimens.ts";

const request = { reference: "redis:7", purpose: "task web.1" };

/** A process that takes a lease, and lives until it is killed. */
async function startHolder(fixture: Fixture) {
  const text = `
    import { takeLease } from "SRC/images/leases/leases.ts";
    import { createImageState } from "SRC/images/state/image_state.ts";
    await takeLease(createImageState(${JSON.stringify(fixture.path)}), ${JSON.stringify(request)});
    console.log("taken");
    setInterval(() => undefined, 1000);
  `;
  const child = await startScript(text, { fixture, stdio: ["ignore", "pipe", "inherit"] });
  for await (const _ of child.stdout ?? []) break;
  return child;
}

test("a lease is there until it is disposed of, and leaves a note of the use", async () => {
  await using fixture = await openFixture();
  const state = createImageState(fixture.path);
  const clock = new FakeClock(5000);
  {
    await using _lease = await takeLease(state, { ...request, imageId: idOf(1) }, { clock });
    const [lease, ...others] = await listLeases(state);
    assert.deepEqual(others, []);
    assert.equal(lease?.purpose, "task web.1");
    assert.deepEqual(lease?.references, ["redis:7", idOf(1)]);
    assert.equal(lease?.owner.pid, process.pid);
    clock.advance(1000);
  }
  assert.deepEqual(await listLeases(state), []);
  assert.deepEqual(await state.uses.list(), [{ reference: "redis:7", imageId: idOf(1), atMs: 6000 }]);
});

test("the lease of a process that is killed ends with it, and its file goes (J 58)", async () => {
  await using fixture = await openFixture();
  const state = createImageState(fixture.path);
  const child = await startHolder(fixture);
  assert.equal((await listLeases(state))[0]?.owner.pid, child.pid);
  child.kill("SIGKILL");
  await finish(child);
  assert.deepEqual(await listLeases(state), []);
  assert.deepEqual(await readdir(state.leases.path), []);
});

test("a pid that was given to another process, or to one of another boot, holds nothing; one that cannot be seen does", async () => {
  await using fixture = await openFixture();
  const state = createImageState(fixture.path);
  await using _lease = await takeLease(state, request);
  const { world, readStart } = readProcessSight();
  const elsewhere = { world: { ...world, pidNamespace: "pid:[1]" }, readStart: () => undefined };
  assert.equal((await listLeases(state, { surroundings: elsewhere })).length, 1);
  const reused = { world, readStart: () => "1" };
  assert.equal((await listLeases(state, { surroundings: reused })).length, 0);
  await using _other = await takeLease(state, request);
  const rebooted = { world: { ...world, bootId: "another" }, readStart };
  assert.equal((await listLeases(state, { surroundings: rebooted })).length, 0);
});

test("announceRemoval() gives the launches that have the image in hand, by any of its names", async () => {
  await using fixture = await openFixture();
  const state = createImageState(fixture.path);
  const digest = `sha256:${"d".repeat(64)}`;
  await using _lease = await takeLease(state, { reference: `mirror.lab/redis@${digest}`, purpose: "task a" });
  for (const [references, count] of [
    [[idOf(1), "redis:7"], 0],
    [[idOf(1), `redis@${digest}`], 1],
    [[digest], 1],
  ] as const) {
    await using removal = await announceRemoval(state, references);
    assert.equal(removal.users.length, count, references.join());
  }
});

test("takeLease() waits for a removal of the same image, and for no other", async () => {
  await using fixture = await openFixture();
  const state = createImageState(fixture.path);
  await using _other = await announceRemoval(state, ["busybox:1"]);
  const removal = await announceRemoval(state, ["docker.io/library/redis:7", idOf(1)]);
  const clock = new FakeClock();
  let isTaken = false;
  const taking = takeLease(state, request, { clock }).then((lease) => {
    isTaken = true;
    return lease;
  });
  await clock.scheduled(20);
  assert.equal(isTaken, false);
  await using second = await announceRemoval(state, ["redis:7"]);
  assert.equal(second.users.length, 1, "who waits is seen by the next removal");
  await second[Symbol.asyncDispose]();
  await removal[Symbol.asyncDispose]();
  clock.advance(20);
  await using _lease = await taking;
});

test("takeLease() that is given up while it waits leaves no lease", async () => {
  await using fixture = await openFixture();
  const state = createImageState(fixture.path);
  await using _removal = await announceRemoval(state, ["redis:7"]);
  const clock = new FakeClock();
  const giving = new AbortController();
  const taking = takeLease(state, request, { clock, signal: giving.signal });
  await clock.scheduled(20);
  giving.abort(new Error("killed"));
  await assert.rejects(taking, { message: "killed" });
  assert.deepEqual(
    (await listLeases(state)).map(({ kind }) => kind),
    ["removal"],
  );
});
