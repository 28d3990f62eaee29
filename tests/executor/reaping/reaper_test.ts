import assert from "node:assert/strict";
import { test } from "node:test";
import { toLabels } from "../../../src/executor/container/identity.ts";
import { reapOrphans } from "../../../src/executor/reaping/reaper.ts";
import { fail } from "../../fakes/engine_faults.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { RecordingLog } from "../recording_log.ts";

const world = { bootId: "boot-1", pidNamespace: "pid:[1]" };
const surroundings = { world, readStart: (pid: number) => (pid === 10 ? "500" : undefined) };
const ids = { frameworkId: "f", executorId: "e", agentId: "a", containerId: "c" };

async function openBench() {
  const engine = new FakeEngine({ images: ["busybox"] });
  const create = async (name: string, labels: Readonly<Record<string, string>>) => {
    const { id } = await engine.createContainer({ name, body: { Image: "busybox", Labels: labels } });
    await engine.startContainer(id);
  };
  const own = (pid: number, taskId: string) => toLabels({ ...ids, pid, startTime: "500", ...world }, taskId);
  await create("owned", own(10, "t1"));
  await create("orphan", own(11, "t2"));
  await create("orphan-too", own(12, "t3"));
  await create("foreign", { app: "web" });
  await create("unreadable", { "mesos-docker.task": "t4" });
  const log = new RecordingLog();
  const left = () => engine.containers.map(({ name }) => name).sort();
  return { engine, log, left };
}

test("reapOrphans() removes the containers whose executor is gone, and no others", async () => {
  const { engine, log, left } = await openBench();
  const reaped = await reapOrphans(engine, { log, mode: "remove", surroundings });
  assert.deepEqual(
    reaped.map(({ taskId, outcome }) => [taskId, outcome]),
    [
      ["t2", "removed"],
      ["t3", "removed"],
    ],
  );
  assert.deepEqual(left(), ["foreign", "owned", "unreadable"]);
  assert.deepEqual(log.messages("info"), ["container left alone"]);
});

test("reapOrphans() only tells of them when that is asked", async () => {
  const { engine, log, left } = await openBench();
  const reaped = await reapOrphans(engine, { log, mode: "tell", surroundings });
  assert.deepEqual(
    reaped.map(({ outcome }) => outcome),
    ["found", "found"],
  );
  assert.equal(left().length, 5);
});

test("reapOrphans() goes on with the next when the daemon does not remove one", async () => {
  const { engine, log, left } = await openBench();
  engine.once("removeContainer", fail("failed", "device is busy"));
  const reaped = await reapOrphans(engine, { log, mode: "remove", surroundings });
  assert.deepEqual(
    reaped.map(({ outcome }) => outcome),
    ["failed", "removed"],
  );
  assert.deepEqual(left(), ["foreign", "orphan", "owned", "unreadable"]);
  assert.deepEqual(log.messages("error"), ["orphan left behind"]);
});

test("reapOrphans() fails when the daemon cannot be asked", async () => {
  const { engine, log } = await openBench();
  engine.once("listContainers", fail("absent", "nobody listens"));
  await assert.rejects(reapOrphans(engine, { log, mode: "remove", surroundings }), { code: "absent" });
});
