import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError } from "../../../src/docker/mod.ts";
import { delay, fail, type PlannedFault } from "../../fakes/engine_faults.ts";
import { Workbench } from "../workbench.ts";

/** A start that was not made, and whose answer was lost with the daemon. */
const cutOff: PlannedFault = {
  kind: "fail",
  error: new EngineError("failed", "connection reset", { retryable: true }),
  effect: "none",
};

test("start gives the whole inspection and every address", async () => {
  const bench = new Workbench();
  await bench.prepare();
  const { container } = bench.engine;
  container.networks = {
    web: { IPAddress: "10.0.0.2", GlobalIPv6Address: "fd00::2" },
    other: { IPAddress: "10.1.0.2" },
    host: {},
  };
  await bench.work.run({ kind: "start", containerId: container.id });
  assert.deepEqual(bench.fed.at(-1), {
    kind: "started",
    container: {
      inspection: container.inspect().raw,
      addresses: [
        { address: "10.0.0.2", family: "ipv4" },
        { address: "fd00::2", family: "ipv6" },
        { address: "10.1.0.2", family: "ipv4" },
      ],
    },
  });
});

test("start fails with the daemon's words when it does not start (case 53)", async () => {
  const bench = new Workbench();
  await bench.prepare();
  bench.engine.once("startContainer", fail("failed", "port is already allocated"));
  await bench.work.run({ kind: "start", containerId: bench.engine.container.id });
  const fault = { code: "launch", message: "port is already allocated" };
  assert.deepEqual(bench.fed.at(-1), { kind: "start_failed", fault });
});

test("start asks once more when its answer was lost and the container was not started", async () => {
  const bench = new Workbench();
  await bench.prepare();
  bench.engine.once("startContainer", fail("timeout", "no answer"));
  await bench.work.run({ kind: "start", containerId: bench.engine.container.id });
  assert.equal(bench.fed.at(-1)?.kind, "started");
  assert.equal(bench.engine.container.starts, 1);
});

test("start is no failure when only its answer was lost", async () => {
  const bench = new Workbench();
  await bench.prepare();
  bench.engine.once("startContainer", fail("failed", "connection reset", { effect: "done" }));
  await bench.work.run({ kind: "start", containerId: bench.engine.container.id });
  assert.equal(bench.fed.at(-1)?.kind, "started");
  assert.equal(bench.engine.container.starts, 1);
});

test("start does not run a container twice that has ended when its answer was lost", async () => {
  const bench = new Workbench();
  await bench.prepare();
  const { container } = bench.engine;
  bench.engine.once("startContainer", fail("failed", "connection reset", { effect: "done" }));
  bench.engine.once("inspectContainer", delay(1000));
  const started = bench.work.run({ kind: "start", containerId: container.id });
  await bench.clock.scheduled(1000);
  container.exit(3);
  bench.clock.advance(1000);
  await started;
  assert.deepEqual(bench.fedKinds, ["prepared", "exited", "started"]);
  assert.equal(container.starts, 1);
});

const shim = "failed to start shim: mkdir /run/containerd/io.containerd.runtime.v2.task/moby/c1: file exists: unknown";

test("start tries again when a start that was cut off has left something in the way", async () => {
  const bench = new Workbench();
  await bench.prepare();
  bench.engine.once("startContainer", cutOff, fail("failed", shim), fail("failed", shim));
  const started = bench.work.run({ kind: "start", containerId: bench.engine.container.id });
  await bench.pass(1000);
  await bench.pass(2000);
  await started;
  assert.equal(bench.fed.at(-1)?.kind, "started");
});

test("start fails when what was left in the way stays there", async () => {
  const bench = new Workbench();
  await bench.prepare();
  bench.engine.once("startContainer", cutOff);
  bench.engine.always("startContainer", fail("failed", shim));
  const started = bench.work.run({ kind: "start", containerId: bench.engine.container.id });
  for (const pauseMs of [1000, 2000, 4000]) await bench.pass(pauseMs);
  await started;
  assert.deepEqual(bench.fed.at(-1), { kind: "start_failed", fault: { code: "launch", message: shim } });
});

test("start is given up when the daemon loses every answer", async () => {
  const bench = new Workbench();
  await bench.prepare();
  bench.engine.always("startContainer", fail("timeout", "no answer"));
  await bench.work.run({ kind: "start", containerId: bench.engine.container.id });
  assert.deepEqual(bench.fed.at(-1), { kind: "start_failed", fault: { code: "launch", message: "no answer" } });
  assert.equal(bench.engine.callsOf("startContainer").length, 3);
});

const taken = [
  "driver failed programming external connectivity: Bind for 0.0.0.0:31000 failed: port is already allocated",
  "failed to bind host port for 0.0.0.0:31000:172.17.0.2:80/tcp: address already in use",
];

for (const message of taken) {
  test(`start waits for a port to become free: ${message}`, async () => {
    const bench = new Workbench({ ports: [{ hostPort: 31_000, containerPort: 80, protocol: "tcp" }] });
    await bench.prepare();
    bench.engine.once("startContainer", fail("failed", message), fail("failed", message), fail("failed", message));
    const started = bench.work.run({ kind: "start", containerId: bench.engine.container.id });
    for (const pauseMs of [1000, 2000, 4000]) await bench.pass(pauseMs);
    await started;
    assert.equal(bench.fed.at(-1)?.kind, "started");
  });
}

test("start fails when a port is still taken after a while", async () => {
  const bench = new Workbench({ ports: [{ hostPort: 31_000, containerPort: 80, protocol: "tcp" }] });
  await bench.prepare();
  bench.engine.always("startContainer", fail("failed", "port is already allocated"));
  const started = bench.work.run({ kind: "start", containerId: bench.engine.container.id });
  for (const pauseMs of [1000, 2000, 4000]) await bench.pass(pauseMs);
  await started;
  const fault = { code: "launch", message: "port is already allocated" };
  assert.deepEqual(bench.fed.at(-1), { kind: "start_failed", fault });
});

test("start looks again when the daemon does not describe the container that it has started", async () => {
  const bench = new Workbench();
  await bench.prepare();
  bench.engine.once("inspectContainer", fail("timeout", "no answer"), fail("failed", "busy"));
  const started = bench.work.run({ kind: "start", containerId: bench.engine.container.id });
  for (let look = 0; look < 2; look++) await bench.pass(500);
  await started;
  assert.equal(bench.fed.at(-1)?.kind, "started");
  assert.equal(bench.log.lines.length, 2);
});

test("start fails when the daemon never describes the container", async () => {
  const bench = new Workbench();
  await bench.prepare();
  bench.engine.always("inspectContainer", fail("failed", "busy"));
  const started = bench.work.run({ kind: "start", containerId: bench.engine.container.id });
  for (let look = 0; look < 9; look++) await bench.pass(500);
  await started;
  assert.deepEqual(bench.fed.at(-1), { kind: "start_failed", fault: { code: "launch", message: "busy" } });
});

test("start tells a container that disappears meanwhile", async () => {
  const bench = new Workbench();
  await bench.prepare();
  const { id } = bench.engine.container;
  bench.engine.once("inspectContainer", delay(1000));
  const started = bench.work.run({ kind: "start", containerId: id });
  await bench.clock.scheduled(1000);
  await bench.engine.removeContainer(id, { force: true });
  bench.clock.advance(1000);
  await started;
  const fault = { code: "lost", message: `Container ${id} disappeared when it was started` };
  assert.deepEqual(
    bench.fed.find(({ kind }) => kind === "start_failed"),
    { kind: "start_failed", fault },
  );
});
