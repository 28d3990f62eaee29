import assert from "node:assert/strict";
import { test } from "node:test";
import { fail } from "../../fakes/engine_faults.ts";
import { settled, until } from "../until.ts";
import { Workbench } from "../workbench.ts";

test("collect writes all output before it gives the exit (case 29)", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  const gate = Promise.withResolvers<void>();
  bench.output.gate = gate.promise;
  for (let line = 0; line < 100; line++) container.write(line % 2 ? "stderr" : "stdout", `${line}\n`);
  container.exit(0);
  const collected = bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  await settled();
  assert.equal(bench.fedKinds.includes("collected"), false);
  gate.resolve();
  await collected;
  assert.deepEqual(bench.fed.at(-1), { kind: "collected", exit: { status: 0, cause: "exit", stderrTail: "" } });
  const lines = Array.from({ length: 50 }, (_, line) => line * 2);
  assert.equal(bench.output.texts.stdout, lines.map((line) => `${line}\n`).join(""));
  assert.equal(bench.output.texts.stderr, lines.map((line) => `${line + 1}\n`).join(""));
  assert.equal(bench.output.isClosed, true);
});

test("collect tells want of memory (case 51)", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  container.exit(137, "killed");
  await bench.work.run({ kind: "collect", containerId: container.id, status: 137 });
  assert.deepEqual(bench.fed.at(-1), {
    kind: "collected",
    exit: { status: 137, cause: "out_of_memory", stderrTail: "" },
  });
});

test("collect tells want of memory that the kernel was seen to have, whatever the daemon says (case 51)", async () => {
  let closed = 0;
  const watch = { kills: 1, [Symbol.dispose]: () => closed++ };
  const bench = new Workbench({}, { watchMemory: () => watch });
  const container = await bench.start();
  container.exit(137);
  await bench.work.run({ kind: "collect", containerId: container.id, status: 137 });
  assert.deepEqual(bench.fed.at(-1), {
    kind: "collected",
    exit: { status: 137, cause: "out_of_memory", stderrTail: "" },
  });
  await bench.work.run({ kind: "remove", containerId: container.id });
  assert.equal(closed, 1);
});

test("collect keeps the exit status when the container can no longer be inspected", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  container.exit(0);
  bench.engine.once("inspectContainer", fail("absent", "nobody listens"));
  await bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  assert.deepEqual(bench.fed.at(-1), { kind: "collected", exit: { status: 0, cause: "exit", stderrTail: "" } });
  assert.deepEqual(bench.log.messages("warn"), ["cannot tell whether the container was out of memory"]);
});

test("collect keeps the exit status of a container that somebody has removed", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  await bench.engine.removeContainer(container.id, { force: true });
  await bench.work.run({ kind: "collect", containerId: container.id, status: 137 });
  assert.deepEqual(bench.fed.at(-1), { kind: "collected", exit: { status: 137, cause: "exit", stderrTail: "" } });
});

test("collect gives up output that something holds open in silence", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  container.outputManner = "outlives";
  container.write("stdout", "before\n");
  container.exit(0);
  const collected = bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  await bench.clock.scheduled(10_000);
  bench.clock.advance(10_000);
  await collected;
  assert.deepEqual(bench.fed.at(-1), { kind: "collected", exit: { status: 0, cause: "exit", stderrTail: "" } });
  assert.deepEqual(bench.log.messages("warn"), ["output of the container did not end with it"]);
  assert.equal(bench.output.texts.stdout, "before\n");
});

test("collect goes on as long as output comes", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  container.outputManner = "outlives";
  container.exit(0);
  const collected = bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  for (let round = 0; round < 3; round++) {
    await bench.clock.scheduled(10_000);
    bench.clock.advance(9000);
    container.write("stdout", "x");
    await until(() => bench.output.texts.stdout.length === round + 1);
    bench.clock.advance(1000);
    await settled();
  }
  assert.equal(bench.fedKinds.includes("collected"), false);
  container.endOutput();
  await collected;
  assert.deepEqual(bench.log.lines, []);
  assert.deepEqual(bench.clock.delays, [], "no timer keeps the process alive");
});

test("collect gives up output that falls silent after a while", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  container.outputManner = "outlives";
  container.exit(0);
  const collected = bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  await bench.clock.scheduled(10_000);
  bench.clock.advance(5000);
  container.write("stdout", "late");
  await until(() => bench.output.texts.stdout === "late");
  bench.clock.advance(5000);
  await bench.clock.scheduled(10_000);
  assert.equal(bench.fedKinds.includes("collected"), false);
  bench.clock.advance(10_000);
  await collected;
  assert.deepEqual(bench.log.messages("warn"), ["output of the container did not end with it"]);
});

test("an error of ours while output is copied is passed on, once", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  bench.output.write = () => Promise.reject(new RangeError("a bug"));
  container.write("stdout", "x");
  await until(() => bench.failures.length > 0);
  assert.deepEqual(bench.failures, [new RangeError("a bug")]);
});
