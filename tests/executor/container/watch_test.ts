import assert from "node:assert/strict";
import { test } from "node:test";
import { watchExit } from "../../../src/executor/container/watch.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import { fail } from "../../fakes/engine_faults.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import type { FakeContainer } from "../../fakes/fake_container.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { RecordingLog } from "../recording_log.ts";
import { settled, until } from "../until.ts";

interface Watch {
  engine: FakeEngine;
  clock: FakeClock;
  log: RecordingLog;
  container: FakeContainer;
  exit: Promise<number>;
  ending: AbortController;
}

/** A container that runs and is watched. */
async function watch(): Promise<Watch> {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const engine = new FakeEngine({ clock, images: ["busybox"] });
  const { id } = await engine.createContainer({ name: "c1", body: { Image: "busybox" } });
  const ending = new AbortController();
  const wait = await engine.openWait(id, { signal: ending.signal });
  await engine.startContainer(id);
  const exit = watchExit(engine, id, wait, { clock, log, signal: ending.signal });
  return { engine, clock, log, container: engine.container, exit, ending };
}

/** Passes the pauses between looks, this many of them. */
async function look(clock: FakeClock, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await clock.scheduled(1000);
    clock.advance(1000);
  }
}

test("watchExit() gives the status of the wait, and asks nothing more", async () => {
  const { engine, container, exit, log } = await watch();
  container.exit(3);
  assert.equal(await exit, 3);
  assert.deepEqual(engine.methods, ["createContainer", "openWait", "startContainer"]);
  assert.deepEqual(log.lines, []);
});

test("watchExit() waits again for a container that still runs when the daemon is back", async () => {
  const { engine, container, exit, log } = await watch();
  engine.breakConnections();
  await until(() => engine.callsOf("openWait").length === 2);
  await settled();
  container.exit(5);
  assert.equal(await exit, 5);
  assert.deepEqual(log.messages("warn"), ["wait for the container broke"]);
});

test("watchExit() survives one restart of the daemon after the other", async () => {
  const { engine, container, exit, clock } = await watch();
  for (let restart = 0; restart < 3; restart++) {
    engine.breakConnections();
    if (restart > 0) await look(clock, 1);
    await until(() => container.openCalls === 1);
    await settled();
  }
  container.exit(0);
  assert.equal(await exit, 0);
});

test("watchExit() takes the status of a container that ended while the daemon was away", async () => {
  const { engine, container, exit, clock } = await watch();
  engine.always("openWait", fail("absent"));
  engine.breakConnections();
  await clock.scheduled(1000);
  container.exit(6);
  engine.heal("openWait");
  clock.advance(1000);
  assert.equal(await exit, 6);
  assert.equal(container.openCalls, 0, "the second wait is given up");
});

for (const absent of ["openWait", "inspectContainer"] as const) {
  test(`watchExit() asks a daemon whose ${absent} fails for 60 s, and no longer`, async () => {
    const { engine, exit, clock } = await watch();
    let isOver = false;
    const failure = assert.rejects(exit, (error) => {
      isOver = true;
      assert.ok(error instanceof TaskError);
      assert.equal(error.code, "lost");
      assert.match(error.message, /^Cannot learn how container c+1 ended: nobody listens$/);
      return true;
    });
    engine.always(absent, fail("absent", "nobody listens"));
    engine.breakConnections();
    await look(clock, 60);
    await clock.scheduled(1000);
    assert.equal(isOver, false);
    await look(clock, 1);
    await failure;
  });
}

test("watchExit() counts the daemon's absence from its last answer", async () => {
  const { engine, container, exit, clock } = await watch();
  engine.always("openWait", fail("absent"));
  engine.breakConnections();
  await look(clock, 50);
  engine.heal("openWait");
  await look(clock, 1);
  await until(() => container.openCalls === 1);
  await settled();
  engine.always("openWait", fail("absent"));
  engine.breakConnections();
  await look(clock, 50);
  engine.heal("openWait");
  await look(clock, 1);
  await settled();
  container.exit(0);
  assert.equal(await exit, 0);
});

test("watchExit() takes a container that the daemon no longer knows for lost", async () => {
  const { engine, container, exit, clock } = await watch();
  engine.always("openWait", fail("absent"));
  engine.breakConnections();
  await clock.scheduled(1000);
  await engine.removeContainer(container.id, { force: true });
  engine.heal("openWait");
  clock.advance(1000);
  await assert.rejects(exit, new TaskError("lost", `Container ${container.id} disappeared`));
});

test("watchExit() ends by the signal's reason while it waits, and asks and says nothing more", async () => {
  const { engine, exit, log, ending } = await watch();
  const reason = new TaskError("lost", "Cannot watch the container: it is being removed");
  ending.abort(reason);
  await assert.rejects(exit, reason);
  assert.equal(engine.callsOf("openWait").length, 1);
  assert.deepEqual(log.lines, []);
});

test("watchExit() ends by the signal's reason while it pauses, and leaves no timer", async () => {
  const { engine, exit, clock, ending } = await watch();
  engine.always("openWait", fail("absent"));
  engine.breakConnections();
  await clock.scheduled(1000);
  const reason = new TaskError("lost", "Cannot watch the container: it is being removed");
  ending.abort(reason);
  await assert.rejects(exit, reason);
  assert.deepEqual(clock.delays, []);
});

test("watchExit() passes an error on that is not the daemon's", async () => {
  const { engine, container, exit } = await watch();
  engine.inspectContainer = () => Promise.reject(new RangeError("a bug"));
  engine.breakConnections();
  await assert.rejects(exit, new RangeError("a bug"));
  assert.equal(container.openCalls, 0, "the second wait is given up");
});

test("watchExit() passes an error of its first wait on that is not the daemon's", async () => {
  const error = new RangeError("a bug");
  const wait = { exit: Promise.reject(error), [Symbol.asyncDispose]: () => Promise.resolve() };
  const options = { clock: new FakeClock(), log: new RecordingLog(), signal: new AbortController().signal };
  await assert.rejects(watchExit(new FakeEngine(), "c1", wait, options), error);
});
