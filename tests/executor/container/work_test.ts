import assert from "node:assert/strict";
import { test } from "node:test";
import { delay, fail, hang } from "../../fakes/engine_faults.ts";
import { settled, until } from "../until.ts";
import { Workbench } from "../workbench.ts";

test("the end of the process is told with its status", async () => {
  const bench = new Workbench();
  (await bench.start()).exit(3);
  assert.deepEqual(await bench.next("exited"), { kind: "exited", status: 3 });
});

test("the end of the process is told when the daemon was away meanwhile (case 47)", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  bench.engine.always("openWait", fail("absent", "nobody listens"));
  bench.engine.breakConnections();
  await bench.clock.scheduled(1000);
  container.exit(4);
  bench.engine.heal("openWait");
  bench.clock.advance(1000);
  assert.deepEqual(await bench.next("exited"), { kind: "exited", status: 4 });
});

test("a container that is gone when the daemon is back has vanished (case 47)", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  bench.engine.always("openWait", fail("absent", "nobody listens"));
  bench.engine.breakConnections();
  await bench.clock.scheduled(1000);
  await bench.engine.removeContainer(container.id, { force: true });
  bench.engine.heal("openWait");
  bench.clock.advance(1000);
  const fault = { code: "lost", message: `Container ${container.id} disappeared` };
  assert.deepEqual(await bench.next("vanished"), { kind: "vanished", fault });
});

for (const [graceMs, graceSeconds] of [
  [5000, 5],
  [1500, 2],
  [1, 1],
] as const) {
  test(`stop with a grace of ${graceMs} ms asks the daemon for ${graceSeconds} s`, async () => {
    const bench = new Workbench();
    const { id } = await bench.start();
    await bench.work.run({ kind: "stop", containerId: id, graceMs, delayMs: 0 });
    assert.deepEqual(bench.engine.callsOf("stopContainer")[0]?.options, { graceSeconds, deadlineMs: 1000 });
    assert.deepEqual(await bench.next("exited"), { kind: "exited", status: 143 });
  });
}

test("stop without grace kills", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  container.stopManner = "ignores";
  await bench.work.run({ kind: "stop", containerId: container.id, graceMs: 0, delayMs: 0 });
  assert.deepEqual(bench.engine.callsOf("killContainer")[0]?.options, { killSignal: "SIGKILL", deadlineMs: 1000 });
  assert.deepEqual(await bench.next("exited"), { kind: "exited", status: 137 });
});

for (const [graceMs, attempts] of [
  [1000, ["stopContainer", "killContainer"]],
  [0, ["killContainer"]],
] as const) {
  test(`stop with a grace of ${graceMs} ms tells that ${attempts.join(" and ")} failed (case 46)`, async () => {
    const bench = new Workbench();
    const { id } = await bench.start();
    for (const method of attempts) bench.engine.once(method, fail("timeout", "no answer"));
    const stopped = bench.work.run({ kind: "stop", containerId: id, graceMs, delayMs: 0 });
    if (graceMs > 0) {
      await bench.clock.scheduled(graceMs);
      bench.clock.advance(graceMs);
    }
    await stopped;
    assert.deepEqual(bench.fed.at(-1), { kind: "stop_failed" });
    assert.equal(bench.log.messages("error").length, attempts.length);
  });
}

test("stop waits for its delay first", async () => {
  const bench = new Workbench();
  const { id } = await bench.start();
  const done = bench.work.run({ kind: "stop", containerId: id, graceMs: 0, delayMs: 1000 });
  await settled();
  assert.equal(bench.engine.callsOf("killContainer").length, 0);
  bench.clock.advance(1000);
  await done;
  assert.equal(bench.engine.callsOf("killContainer").length, 1);
});

test("a stop that waits for its delay is given up when the container is removed", async () => {
  const bench = new Workbench();
  const { id } = await bench.start();
  const done = bench.work.run({ kind: "stop", containerId: id, graceMs: 0, delayMs: 1000 });
  await bench.work.run({ kind: "remove", containerId: id });
  await done;
  assert.deepEqual(bench.clock.delays, [], "no timer keeps the process alive");
  assert.deepEqual(bench.log.messages("error"), []);
});

test("remove removes the container whatever it does, with its anonymous volumes", async () => {
  const bench = new Workbench();
  const { id } = await bench.start();
  await bench.work.run({ kind: "remove", containerId: id });
  assert.deepEqual(bench.engine.callsOf("removeContainer")[0]?.options, { force: true, volumes: true });
  assert.deepEqual(bench.engine.containers, []);
  assert.equal(bench.fedKinds.at(-1), "removed");
});

for (const [answer, end, left] of [
  ["kept", "badly", 1],
  ["not kept", "well", 0],
] as const) {
  test(`remove leaves a container to whoever keeps it: ${answer}`, async () => {
    const asked: unknown[] = [];
    const keep = (...question: unknown[]) => {
      asked.push(question);
      return answer;
    };
    const bench = new Workbench({}, { keep });
    const { id } = await bench.start();
    await bench.work.run({ kind: "remove", containerId: id, end });
    assert.deepEqual(asked, [[id, end]]);
    assert.equal(bench.engine.containers.length, left);
    assert.equal(bench.fedKinds.at(-1), "removed");
    assert.equal(bench.openRequests, 0);
  });
}

test("remove keeps no container of which nobody knows how it ended", async () => {
  const bench = new Workbench({}, { keep: () => "kept" });
  const { id } = await bench.start();
  await bench.work.run({ kind: "remove", containerId: id });
  assert.deepEqual(bench.engine.containers, []);
});

test("remove tries again", async () => {
  const bench = new Workbench();
  const { id } = await bench.start();
  bench.engine.once("removeContainer", fail("timeout"), fail("failed"));
  const removed = bench.work.run({ kind: "remove", containerId: id });
  for (let attempt = 1; attempt <= 2; attempt++) {
    await bench.clock.scheduled(1000);
    await settled();
    assert.equal(bench.engine.callsOf("removeContainer").length, attempt, "there is a pause");
    bench.clock.advance(1000);
  }
  await removed;
  assert.deepEqual(bench.engine.containers, []);
  assert.equal(bench.fedKinds.at(-1), "removed");
});

test("remove gives up after five attempts, says so, and lets the task end", async () => {
  const bench = new Workbench();
  const { id } = await bench.start();
  bench.engine.always("removeContainer", fail("failed", "device is busy"));
  const removed = bench.work.run({ kind: "remove", containerId: id });
  for (let attempt = 0; attempt < 4; attempt++) {
    await bench.clock.scheduled(1000);
    bench.clock.advance(1000);
  }
  await removed;
  assert.equal(bench.engine.callsOf("removeContainer").length, 5);
  assert.deepEqual(bench.log.lines.at(-1), {
    level: "error",
    message: "container left behind",
    fields: { container: id, error: "device is busy" },
  });
  assert.equal(bench.fedKinds.at(-1), "removed");
});

test("remove gives up the wait for a container that never started", async () => {
  const bench = new Workbench();
  await bench.prepare();
  await bench.work.run({ kind: "remove", containerId: bench.engine.container.id });
  assert.equal(bench.created?.openCalls, 0);
  await settled();
  assert.deepEqual(bench.fedKinds, ["prepared", "removed"]);
});

test("remove ends the watch, so that nothing keeps the process alive", async () => {
  const bench = new Workbench();
  const { id } = await bench.start();
  bench.engine.always("openWait", fail("absent", "nobody listens"));
  bench.engine.breakConnections();
  await bench.clock.scheduled(1000);
  await bench.work.run({ kind: "remove", containerId: id });
  await settled();
  assert.deepEqual(bench.clock.delays, []);
  assert.equal(bench.fedKinds.at(-1), "removed");
});

test("an error of ours when an exit is told is passed on", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  const error = new RangeError("a bug");
  bench.onFeed = () => {
    throw error;
  };
  container.exit(0);
  await until(() => bench.failures.length > 0);
  assert.deepEqual(bench.failures, [error]);
});

test("abandon ends the watch, so that nothing keeps the process alive", async () => {
  const bench = new Workbench();
  await bench.start();
  bench.engine.always("openWait", fail("absent", "nobody listens"));
  bench.engine.breakConnections();
  await bench.clock.scheduled(1000);
  await bench.work.abandon();
  await settled();
  assert.deepEqual(bench.clock.delays, []);
  assert.deepEqual(bench.fedKinds, ["prepared", "started"]);
});

test("abandon removes a container that runs", async () => {
  const bench = new Workbench();
  await bench.start();
  await bench.work.abandon();
  assert.deepEqual(bench.engine.containers, []);
});

test("abandon waits for a creation under way, and removes what came of it", async () => {
  const bench = new Workbench();
  bench.engine.once("createContainer", delay(1000));
  const prepared = bench.prepare();
  await bench.clock.scheduled(1000);
  let isAbandoned = false;
  const abandoned = bench.work.abandon().then(() => {
    isAbandoned = true;
  });
  await settled();
  assert.equal(isAbandoned, false);
  bench.clock.advance(1000);
  await abandoned;
  assert.notEqual(bench.created, undefined, "it was created");
  assert.deepEqual(bench.engine.containers, []);
  await prepared;
});

test("abandon ends a pull", async () => {
  const bench = new Workbench({ image: "redis" });
  bench.engine.once("pullImage", hang());
  const prepared = bench.prepare();
  await until(() => bench.engine.methods.includes("pullImage"));
  await bench.work.abandon();
  await prepared;
  assert.equal(bench.engine.methods.includes("createContainer"), false);
});
