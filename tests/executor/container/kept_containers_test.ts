import assert from "node:assert/strict";
import { test } from "node:test";
import { KeptContainers } from "../../../src/executor/container/kept_containers.ts";
import { parseKeepPolicy } from "../../../src/executor/reaping/keep_policy.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { RecordingLog } from "../recording_log.ts";
import { until } from "../until.ts";

async function openBench(policy: string) {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const engine = new FakeEngine({ clock, images: ["busybox"] });
  const { id } = await engine.createContainer({ name: "one", body: { Image: "busybox" } });
  const failures: unknown[] = [];
  const fail = (error: unknown) => failures.push(error);
  const kept = new KeptContainers({ engine, clock, log, policy: parseKeepPolicy(policy), fail });
  return { clock, log, engine, id, failures, kept };
}

test("a container that is kept is removed when its time is over, and no earlier", async () => {
  const { clock, engine, id, kept, log } = await openBench("10secs");
  assert.equal(kept.take(id, "well"), "kept");
  assert.deepEqual(log.messages("info"), ["the container is kept"]);
  clock.advance(9999);
  assert.deepEqual(engine.callsOf("removeContainer"), []);
  clock.advance(1);
  await until(() => engine.containers.length === 0);
  assert.deepEqual(clock.delays, []);
});

for (const [policy, end] of [
  ["never", "badly"],
  ["on-failure", "well"],
  ["0secs", "badly"],
] as const) {
  test(`by "${policy}" a container that has ended ${end} is the caller's to remove`, async () => {
    const { clock, id, kept, log } = await openBench(policy);
    assert.equal(kept.take(id, end), "not kept");
    assert.deepEqual([clock.delays, log.lines], [[], []]);
  });
}

test("stop() leaves kept containers where they are", async () => {
  const { clock, engine, id, kept } = await openBench("10secs");
  kept.take(id, "badly");
  kept.stop();
  clock.advance(10_000);
  assert.deepEqual(clock.delays, []);
  assert.equal(engine.containers.length, 1);
});

test("an error of ours when a container is removed is passed on", async () => {
  const { clock, engine, id, kept, failures } = await openBench("10secs");
  engine.removeContainer = () => Promise.reject(new RangeError("a bug"));
  kept.take(id, "badly");
  clock.advance(10_000);
  await until(() => failures.length > 0);
  assert.deepEqual(failures, [new RangeError("a bug")]);
});
