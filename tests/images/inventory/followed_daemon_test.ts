import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError } from "../../../src/docker/mod.ts";
import { openInventory } from "../../../src/images/inventory/inventory_keeper.ts";
import { createImageState } from "../../../src/images/state/image_state.ts";
import { RecordingLog } from "../../executor/recording_log.ts";
import { settled } from "../../executor/until.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

test("follow() warns once of a daemon that stays away, and again when it was there in between", async () => {
  await using fixture = await openFixture();
  const clock = new FakeClock(1000);
  const away = () => new EngineError("absent", "nobody listens");
  let there = false;
  const engine = new FakeEngine({ clock });
  const { events } = engine;
  const log = new RecordingLog();
  const keeper = await openInventory(engine, createImageState(fixture.path), { log, clock });
  engine.events = async function* (options) {
    if (!there) throw away();
    yield* events.call(engine, options);
  };
  const ending = new AbortController();
  const following = keeper.follow(ending.signal);
  const pass = async () => {
    await clock.scheduled(1000);
    clock.advance(1000);
  };
  for (let second = 0; second < 5; second++) await pass();
  await clock.scheduled(1000);
  assert.deepEqual(log.messages("warn"), ["events are asked for again"]);
  there = true;
  await pass();
  await settled();
  clock.advance(60_000);
  there = false;
  engine.happenings.break(away());
  await clock.scheduled(1000);
  assert.equal(log.messages("warn").length, 2);
  ending.abort();
  await following;
});
