import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import { delay, fail, hang } from "../../fakes/engine_faults.ts";
import type { EngineMethod } from "../../fakes/fake_calls.ts";
import { until } from "../until.ts";
import { Workbench } from "../workbench.ts";

const stopped = { code: "launch", message: "Cannot start the container: the task was stopped" };

test("prepare waits for the exit and attaches before anything is started", async () => {
  const bench = new Workbench();
  await bench.prepare();
  const { container } = bench.engine;
  assert.deepEqual(bench.engine.methods, ["inspectImage", "createContainer", "openWait", "openAttach"]);
  assert.deepEqual(bench.fed, [{ kind: "prepared", containerId: container.id }]);
  assert.equal(container.name, "task-t1-00");
  assert.deepEqual(container.labels, { "mesos-docker.task": "t1" });
  assert.equal(container.status, "created");
});

test("prepare pulls an image that is absent (case 30)", async () => {
  const bench = new Workbench({ image: "redis" });
  bench.engine.registry.add("redis");
  await bench.prepare();
  assert.deepEqual(bench.engine.methods.slice(0, 3), ["inspectImage", "pullImage", "createContainer"]);
  assert.deepEqual(bench.fedKinds, ["prepared"]);
});

test("prepare pulls without a look when the task forces it (case 31)", async () => {
  const bench = new Workbench({ pull: "always" });
  bench.engine.registry.add("busybox");
  await bench.prepare();
  assert.deepEqual(bench.engine.methods.slice(0, 2), ["pullImage", "createContainer"]);
});

test("prepare fails with the daemon's words when an image cannot be had (case 33)", async () => {
  const bench = new Workbench({ image: "redis" });
  bench.engine.once("pullImage", fail("not_found", "manifest unknown"));
  await bench.prepare();
  const fault = { code: "image", message: 'Cannot get image "redis": manifest unknown' };
  assert.deepEqual(bench.fed, [{ kind: "prepare_failed", fault }]);
  assert.deepEqual(bench.engine.methods, ["inspectImage", "pullImage"]);
});

test("prepare fails with the daemon's words when nobody answers there (case 81)", async () => {
  const bench = new Workbench();
  bench.engine.once("inspectImage", fail("forbidden", "permission denied: /var/run/docker.sock"));
  await bench.prepare();
  const fault = { code: "launch", message: "permission denied: /var/run/docker.sock" };
  assert.deepEqual(bench.fed, [{ kind: "prepare_failed", fault }]);
});

test("prepare leaves a container alone that has the name already", async () => {
  const bench = new Workbench();
  const { id } = await bench.engine.createContainer({ name: "task-t1-00", body: { Image: "busybox" } });
  await bench.prepare();
  assert.deepEqual(bench.fedKinds, ["prepare_failed"]);
  assert.deepEqual(
    bench.engine.containers.map((container) => container.id),
    [id],
  );
});

test("prepare fails with the daemon's words when it refuses to create", async () => {
  const bench = new Workbench();
  bench.engine.once("createContainer", fail("invalid", "invalid hostname"));
  await bench.prepare();
  assert.deepEqual(bench.fed, [{ kind: "prepare_failed", fault: { code: "launch", message: "invalid hostname" } }]);
  assert.deepEqual(bench.engine.containers, []);
});

test("prepare removes by its name a container whose creation was not answered in time", async () => {
  const bench = new Workbench();
  bench.engine.once("createContainer", fail("timeout", "no answer", { effect: "done" }));
  await bench.prepare();
  assert.deepEqual(bench.fed, [{ kind: "prepare_failed", fault: { code: "launch", message: "no answer" } }]);
  assert.deepEqual(bench.engine.containers, []);
  assert.equal(bench.engine.callsOf("removeContainer")[0]?.subject, "task-t1-00");
});

for (const method of ["openWait", "openAttach"] as const satisfies readonly EngineMethod[]) {
  test(`prepare removes the container when ${method} fails after its creation`, async () => {
    const bench = new Workbench();
    bench.engine.once(method, fail("failed", "connection reset"));
    await bench.prepare();
    assert.deepEqual(bench.fed, [{ kind: "prepare_failed", fault: { code: "launch", message: "connection reset" } }]);
    assert.deepEqual(bench.engine.containers, []);
  });
}

test("prepare gives up its wait when attaching fails, before the container is removed", async () => {
  const bench = new Workbench();
  bench.engine.once("openAttach", fail("failed", "connection reset"));
  bench.engine.once("removeContainer", delay(1000));
  const prepared = bench.prepare();
  await bench.clock.scheduled(1000);
  assert.equal(bench.created?.openCalls, 0);
  bench.clock.advance(1000);
  await prepared;
  assert.deepEqual(bench.engine.containers, []);
});

test("prepare gives up wait and output when the sandbox takes no output, and removes the container", async () => {
  const bench = new Workbench();
  bench.openOutput = () => Promise.reject(new TaskError("launch", "Cannot write into the sandbox: ENOSPC"));
  bench.engine.once("removeContainer", delay(1000));
  const prepared = bench.prepare();
  await bench.clock.scheduled(1000);
  assert.equal(bench.created?.openCalls, 0);
  bench.clock.advance(1000);
  await prepared;
  const fault = { code: "launch", message: "Cannot write into the sandbox: ENOSPC" };
  assert.deepEqual(bench.fed, [{ kind: "prepare_failed", fault }]);
  assert.deepEqual(bench.engine.containers, []);
});

test("prepare passes an error on that is nobody's but ours, after it removed the container", async () => {
  const bench = new Workbench();
  bench.openOutput = () => Promise.reject(new RangeError("a bug"));
  await assert.rejects(bench.prepare(), new RangeError("a bug"));
  assert.deepEqual(bench.engine.containers, []);
  assert.deepEqual(bench.fed, []);
});

test("abort_prepare ends a pull, and nothing is created (case 38)", async () => {
  const bench = new Workbench({ image: "redis" });
  bench.engine.once("pullImage", hang());
  const prepared = bench.prepare();
  await until(() => bench.engine.methods.includes("pullImage"));
  await bench.work.run({ kind: "abort_prepare" });
  await prepared;
  assert.deepEqual(bench.fedKinds, ["prepare_failed"]);
  assert.deepEqual(bench.engine.methods, ["inspectImage", "pullImage"]);
});

test("abort_prepare does not end a creation, whose container is removed afterwards", async () => {
  const bench = new Workbench();
  bench.engine.once("createContainer", delay(1000));
  const prepared = bench.prepare();
  await bench.clock.scheduled(1000);
  await bench.work.run({ kind: "abort_prepare" });
  bench.clock.advance(1000);
  await prepared;
  assert.deepEqual(bench.fedKinds, ["prepare_failed"]);
  assert.notEqual(bench.created, undefined, "it was created");
  assert.deepEqual(bench.engine.containers, []);
});

for (const method of ["openWait", "openAttach"] as const satisfies readonly EngineMethod[]) {
  test(`abort_prepare ends ${method}, and the container is removed`, async () => {
    const bench = new Workbench();
    bench.engine.once(method, hang());
    const prepared = bench.prepare();
    await until(() => bench.engine.methods.includes(method));
    await bench.work.run({ kind: "abort_prepare" });
    await prepared;
    assert.deepEqual(bench.fedKinds, ["prepare_failed"]);
    assert.deepEqual(bench.engine.containers, []);
  });
}

test("abort_prepare is heeded while the sandbox's files are opened", async () => {
  const bench = new Workbench();
  const opened = Promise.withResolvers<typeof bench.output>();
  bench.openOutput = () => opened.promise;
  const prepared = bench.prepare();
  await until(() => bench.engine.methods.includes("openAttach"));
  await bench.work.run({ kind: "abort_prepare" });
  opened.resolve(bench.output);
  await prepared;
  assert.deepEqual(bench.fed, [{ kind: "prepare_failed", fault: stopped }]);
  assert.deepEqual(bench.engine.containers, []);
  await until(() => bench.output.isClosed);
});

test("prepare logs what the daemon warns of", async () => {
  const bench = new Workbench();
  bench.engine.warnings.push("Your kernel does not support swap limit capabilities");
  await bench.prepare();
  assert.deepEqual(bench.log.lines, [
    {
      level: "warn",
      message: "the daemon warns",
      fields: { warning: "Your kernel does not support swap limit capabilities" },
    },
  ]);
});

test("prepare follows the pull of the image", async () => {
  const bench = new Workbench({ image: "redis" });
  const pulled = Promise.withResolvers<void>();
  bench.engine.pullImage = async (_reference, options) => {
    options?.onProgress?.({ id: "l1", status: "Downloading", currentBytes: 1, totalBytes: 2 });
    await pulled.promise;
    bench.engine.images.add("redis");
  };
  const prepared = bench.prepare();
  await until(() => bench.work.pull !== undefined);
  assert.deepEqual(bench.work.pull, {
    image: "redis",
    layers: [{ id: "l1", status: "Downloading", currentBytes: 1, totalBytes: 2 }],
  });
  pulled.resolve();
  await prepared;
  assert.deepEqual(bench.fedKinds, ["prepared"]);
});

test("limit_prepare tells that preparing is late, and what comes of it all the same", async () => {
  const bench = new Workbench();
  bench.engine.once("createContainer", delay(60_000));
  const prepared = bench.prepare();
  await bench.clock.scheduled(60_000);
  const limited = bench.work.run({ kind: "limit_prepare", afterMs: 2000 });
  await bench.pass(2000);
  await limited;
  assert.deepEqual(bench.fedKinds, ["prepare_late"]);
  bench.clock.advance(58_000);
  await prepared;
  assert.deepEqual(bench.fedKinds, ["prepare_late", "prepared"]);
});

for (const [title, error] of [
  ["succeeded", undefined],
  ["failed", "invalid"],
] as const) {
  test(`limit_prepare ends in silence when preparing has ${title} in time`, async () => {
    const bench = new Workbench();
    bench.engine.once("createContainer", delay(1000));
    if (error) bench.engine.once("openWait", fail(error));
    const prepared = bench.prepare();
    const limited = bench.work.run({ kind: "limit_prepare", afterMs: 2000 });
    await bench.pass(1000);
    await prepared;
    await limited;
    assert.deepEqual(bench.fedKinds, [error ? "prepare_failed" : "prepared"]);
    assert.deepEqual(bench.clock.delays, []);
  });
}
