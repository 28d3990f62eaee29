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

async function openKept(keep: string) {
  const engine = new FakeEngine({ images: ["busybox"] });
  const gone = toLabels({ ...ids, pid: 11, startTime: "500", ...world }, "t1");
  const Labels = { ...gone, "mesos-docker.keep": keep };
  const { id } = await engine.createContainer({ name: "kept", body: { Image: "busybox", Labels } });
  await engine.startContainer(id);
  const log = new RecordingLog();
  const reap = async (nowMs: number) =>
    (await reapOrphans(engine, { log, mode: "remove", surroundings, nowMs })).map(({ outcome }) => outcome);
  return { engine, container: engine.container, log, reap };
}

test("reapOrphans() removes a container that is kept when its time is over, and never earlier", async () => {
  const { engine, container, log, reap } = await openKept("10secs");
  container.exit(0);
  container.finishedAt = "1970-01-01T00:00:05Z";
  assert.deepEqual(await reap(14_999), []);
  assert.equal(engine.containers.length, 1);
  assert.deepEqual(log.lines.at(-1)?.fields.until, "1970-01-01T00:00:15.000Z");
  assert.deepEqual(await reap(15_000), ["removed"]);
});

test("reapOrphans() keeps of those that are kept on failure only what has failed", async () => {
  const well = await openKept("on-failure:10secs");
  well.container.exit(0);
  well.container.finishedAt = "1970-01-01T00:00:05Z";
  assert.deepEqual(await well.reap(5000), ["removed"]);
  const badly = await openKept("on-failure:10secs");
  badly.container.exit(1);
  badly.container.finishedAt = "1970-01-01T00:00:05Z";
  assert.deepEqual(await badly.reap(5000), []);
});

test("reapOrphans() removes a container that runs without executor, however long it was to be kept", async () => {
  const { reap } = await openKept("10secs");
  assert.deepEqual(await reap(0), ["removed"]);
});

test("reapOrphans() tells nothing of a container that somebody else removes meanwhile", async () => {
  const { engine, reap } = await openKept("10secs");
  engine.inspectContainer = async () => undefined;
  assert.deepEqual(await reap(0), []);
});

test("reapOrphans() fails when the daemon cannot be asked", async () => {
  const { engine, log } = await openBench();
  engine.once("listContainers", fail("absent", "nobody listens"));
  await assert.rejects(reapOrphans(engine, { log, mode: "remove", surroundings }), { code: "absent" });
});
