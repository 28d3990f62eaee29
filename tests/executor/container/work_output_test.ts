import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError } from "../../../src/docker/mod.ts";
import type { PlannedFault } from "../../fakes/engine_faults.ts";
import { delay, fail } from "../../fakes/engine_faults.ts";
import { settled, until } from "../until.ts";
import { Workbench } from "../workbench.ts";

const noLog: PlannedFault = {
  kind: "fail",
  effect: "none",
  error: new EngineError("unsupported", "configured logging driver does not support reading", { status: 501 }),
};

/** A container that has written a line, whose daemon then went away and came back. */
async function breakOff(bench: Workbench) {
  const container = await bench.start();
  container.write("stdout", "before\n");
  await until(() => bench.output.texts.stdout === "before\n");
  bench.engine.breakConnections();
  container.write("stdout", "meanwhile\n");
  return container;
}

test("output goes on from the daemon's log after its connection broke, and nothing is there twice", async () => {
  const bench = new Workbench();
  const container = await breakOff(bench);
  await until(() => bench.output.texts.stdout === "before\nmeanwhile\n");
  container.write("stdout", "after\n");
  container.write("stderr", "oh\n");
  container.exit(0);
  await bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  assert.deepEqual(bench.output.texts, { stdout: "before\nmeanwhile\nafter\n", stderr: "oh\n" });
  assert.equal(bench.output.isClosed, true);
});

test("output is complete when the container ended while the daemon was away", async () => {
  const bench = new Workbench();
  const container = await breakOff(bench);
  container.write("stdout", "last\n");
  container.exit(0);
  await bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  assert.equal(bench.output.texts.stdout, "before\nmeanwhile\nlast\n");
});

test("output that ends in good order long before its container is looked for in the log", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  container.endOutput();
  container.write("stdout", "unheard\n");
  await bench.pass(1000);
  await until(() => bench.output.texts.stdout === "unheard\n");
  container.exit(0);
  await bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  assert.equal(bench.engine.callsOf("openLogs").length, 1);
});

test("output that ends with its container is not read again", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  container.write("stdout", "all\n");
  container.exit(0);
  await bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  assert.deepEqual(bench.engine.callsOf("openLogs"), []);
  assert.deepEqual(bench.clock.delays, []);
});

test("output is attached to again when no log can be read, and it is said that some may be missing", async () => {
  const bench = new Workbench();
  bench.engine.always("openLogs", noLog);
  const container = await breakOff(bench);
  await until(() => bench.engine.callsOf("openAttach").length === 2);
  container.write("stdout", "after\n");
  container.exit(0);
  await bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  assert.equal(bench.output.texts.stdout, "before\nafter\n");
  assert.ok(
    bench.log
      .messages("warn")
      .includes("output of the container broke off, and no log of it can be read; some may be missing"),
  );
});

test("output goes on from about where it broke off when the log does not keep its beginning", async () => {
  const bench = new Workbench();
  await bench.prepare();
  const { container } = bench.engine;
  container.logConfig = { Type: "json-file", Config: { "max-size": "10m" } };
  await bench.work.run({ kind: "start", containerId: container.id });
  bench.engine.breakConnections();
  await until(() => bench.engine.callsOf("openLogs").length === 1);
  const [read] = bench.engine.callsOf("openLogs");
  assert.equal(typeof Object(read?.options).sinceMs, "number");
  assert.ok(bench.log.messages("warn").some((message) => /missing or there twice/.test(message)));
});

test("output of a container that is started after its connection broke is whole, however short its life", async () => {
  const bench = new Workbench();
  await bench.prepare();
  const { container } = bench.engine;
  bench.engine.breakConnections();
  await settled();
  await bench.work.run({ kind: "start", containerId: container.id });
  container.write("stdout", "all\n");
  container.exit(0);
  await bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  assert.equal(bench.output.texts.stdout, "all\n");
});

test("output is read from the log when its container was started while it was attached to again", async () => {
  const bench = new Workbench();
  await bench.prepare();
  const { container } = bench.engine;
  bench.engine.once("openAttach", delay(1000));
  bench.engine.breakConnections();
  await bench.clock.scheduled(1000);
  await bench.work.run({ kind: "start", containerId: container.id });
  container.write("stdout", "before\n");
  bench.clock.advance(1000);
  await until(() => bench.output.texts.stdout === "before\n");
  container.write("stdout", "after\n");
  container.exit(0);
  await bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  assert.equal(bench.output.texts.stdout, "before\nafter\n");
});

test("output of a container that is gone ends, and holds nothing up", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  bench.engine.breakConnections();
  await bench.engine.removeContainer(container.id, { force: true });
  await until(() => bench.output.isClosed);
  await bench.work.run({ kind: "collect", containerId: container.id, status: 137 });
  assert.equal(bench.fedKinds.at(-1), "collected");
});

test("output that cannot be opened again is said to be lost, after some attempts", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  bench.engine.always("openLogs", fail("failed", "fault"));
  bench.engine.breakConnections();
  for (const pauseMs of [1000, 2000, 4000, 8000]) await bench.pass(pauseMs);
  await until(() => bench.output.isClosed);
  assert.equal(bench.engine.callsOf("openLogs").length, 5);
  assert.deepEqual(bench.log.messages("error"), ["output of the container is lost"]);
  container.exit(0);
  await settled();
});

test("output is opened again when the daemon fails once", async () => {
  const bench = new Workbench();
  bench.engine.once("inspectContainer", fail("failed", "not of interest: the start's own look"));
  await bench.prepare();
  const { container } = bench.engine;
  const started = bench.work.run({ kind: "start", containerId: container.id });
  await bench.pass(500);
  await started;
  bench.engine.once("openLogs", fail("failed", "fault"));
  bench.engine.breakConnections();
  container.write("stdout", "meanwhile\n");
  await bench.pass(1000);
  await until(() => bench.output.texts.stdout === "meanwhile\n");
});

test("output that is being looked for when its container is removed is no loss that is told", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  bench.engine.once("inspectContainer", delay(1000));
  bench.engine.breakConnections();
  await bench.clock.scheduled(1000);
  const removed = bench.work.run({ kind: "remove", containerId: container.id });
  await settled();
  await removed;
  assert.deepEqual(bench.log.messages("error"), []);
  assert.equal(bench.output.isClosed, true);
});
