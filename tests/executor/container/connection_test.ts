import assert from "node:assert/strict";
import { test } from "node:test";
import { connectContainer } from "../../../src/executor/container/connection.ts";
import { delay, fail } from "../../fakes/engine_faults.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { settled } from "../until.ts";

/** A container that nobody has started yet. */
async function openBench() {
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock, images: ["busybox"] });
  const { id } = await engine.createContainer({ name: "c", body: { Image: "busybox" } });
  const { signal } = new AbortController();
  const connect = () =>
    connectContainer(id, { engine, clock, terminal: "no", waitSignal: signal, outputSignal: signal });
  return { clock, engine, connect, container: engine.container };
}

test("connectContainer() opens wait and output once", async () => {
  const { engine, connect, container } = await openBench();
  await connect();
  assert.deepEqual(engine.methods.slice(1).toSorted(), ["openAttach", "openWait"]);
  assert.equal(container.openCalls, 2);
});

test("connectContainer() attaches again when the wait came late: its daemon may be another", async () => {
  const { clock, engine, connect } = await openBench();
  engine.once("openWait", delay(500));
  const connecting = connect();
  await clock.scheduled(500);
  await settled();
  clock.advance(500);
  await connecting;
  assert.equal(engine.callsOf("openAttach").length, 2);
  assert.equal(engine.callsOf("openWait").length, 1);
});

for (const [failing, late] of [
  ["openWait", "openAttach"],
  ["openAttach", "openWait"],
] as const) {
  test(`connectContainer() closes what ${late} opens after ${failing} has failed`, async () => {
    const { clock, engine, connect, container } = await openBench();
    engine.once(failing, fail("failed", "reset"));
    engine.once(late, delay(100));
    const connecting = assert.rejects(connect(), /reset/);
    await clock.scheduled(100);
    clock.advance(100);
    await connecting;
    assert.equal(container.openCalls, 0);
  });
}
