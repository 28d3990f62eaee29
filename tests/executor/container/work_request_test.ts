// What a container needs for as long as it is there: its request, its terminal and its disk.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineErrorCode } from "../../../src/docker/mod.ts";
import type { OpenRequest } from "../../../src/executor/container/request.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import type { TaskSpec } from "../../../src/executor/task/task_spec.ts";
import { delay, fail, hang } from "../../fakes/engine_faults.ts";
import { settled, until } from "../until.ts";
import { Workbench, type WorkSurroundings } from "../workbench.ts";
import { openPlainRequest } from "./plain_request.ts";

test("prepare fails with the policy's words when it denies the task, and asks the daemon for nothing", async () => {
  const found = 'The policy in force denies this task: privileged (rule "privileged")';
  const bench = new Workbench({}, { openRequest: () => Promise.reject(new TaskError("denied", found)) });
  await bench.prepare();
  assert.deepEqual(bench.fed, [{ kind: "prepare_failed", fault: { code: "denied", message: found } }]);
  assert.deepEqual(bench.engine.methods, []);
});

test("the request is kept while the container lives, and let go of when it is removed", async () => {
  const bench = new Workbench();
  const container = await bench.start();
  assert.equal(bench.openRequests, 1);
  container.exit(0);
  await bench.work.run({ kind: "collect", containerId: container.id, status: 0 });
  assert.equal(bench.openRequests, 1);
  bench.engine.once("removeContainer", delay(1000));
  const removed = bench.work.run({ kind: "remove", containerId: container.id });
  await bench.clock.scheduled(1000);
  assert.equal(bench.openRequests, 1, "its files are mounted until the container is gone");
  bench.clock.advance(1000);
  await removed;
  assert.equal(bench.openRequests, 0);
});

test("the request is let go of when the container stays behind", async () => {
  const bench = new Workbench();
  const { id } = await bench.start();
  bench.engine.always("removeContainer", fail("failed", "device is busy"));
  const removed = bench.work.run({ kind: "remove", containerId: id });
  for (let attempt = 0; attempt < 4; attempt++) {
    await bench.clock.scheduled(1000);
    bench.clock.advance(1000);
  }
  await removed;
  assert.equal(bench.openRequests, 0);
});

for (const method of ["createContainer", "openWait", "openAttach"] as const) {
  test(`the request is let go of when ${method} fails`, async () => {
    const bench = new Workbench();
    bench.engine.once(method, fail("failed"));
    await bench.prepare();
    assert.deepEqual(bench.fedKinds, ["prepare_failed"]);
    assert.equal(bench.openRequests, 0);
  });
}

test("the request is let go of when the sandbox takes no output", async () => {
  const bench = new Workbench();
  bench.openOutput = () => Promise.reject(new TaskError("launch", "ENOSPC"));
  await bench.prepare();
  assert.equal(bench.openRequests, 0);
});

test("the request is let go of when an error of ours comes between", async () => {
  const bench = new Workbench();
  bench.openOutput = () => Promise.reject(new RangeError("a bug"));
  await assert.rejects(bench.prepare(), new RangeError("a bug"));
  assert.equal(bench.openRequests, 0);
});

test("a request that is made after the task was stopped is let go of, and no container is made", async () => {
  const made = Promise.withResolvers<void>();
  const bench = new Workbench(
    {},
    {
      openRequest: async (engine, task) => {
        await made.promise;
        return await openPlainRequest(engine, task, new AbortController());
      },
    },
  );
  const prepared = bench.prepare();
  await bench.work.run({ kind: "abort_prepare" });
  made.resolve();
  await prepared;
  assert.deepEqual(bench.fedKinds, ["prepare_failed"]);
  assert.equal(bench.openRequests, 0);
  assert.equal(bench.created, undefined);
});

test("abandon lets go of the request of a container that runs", async () => {
  const bench = new Workbench();
  await bench.start();
  await bench.work.abandon();
  assert.equal(bench.openRequests, 0);
});

test("abandon lets go of the request of a container that is being made", async () => {
  const bench = new Workbench();
  bench.engine.once("openWait", hang());
  const prepared = bench.prepare();
  await until(() => bench.engine.methods.includes("openWait"));
  await bench.work.abandon();
  await prepared;
  assert.equal(bench.openRequests, 0);
  assert.deepEqual(bench.engine.containers, []);
});

/** A request that has a size as well, as storage drivers take it. */
const openSized: NonNullable<WorkSurroundings["openRequest"]> = async (...given): Promise<OpenRequest> => {
  const request = await openPlainRequest(...given);
  const { body } = request.create;
  const HostConfig = { ...body.HostConfig, StorageOpt: { size: "10m" } };
  return { ...request, sized: { ...request.create, body: { ...body, HostConfig } } };
};

test("prepare asks for the size where one may be had", async () => {
  const bench = new Workbench({}, { openRequest: openSized });
  await bench.prepare();
  assert.deepEqual(bench.created?.request.body.HostConfig?.StorageOpt, { size: "10m" });
  assert.equal(bench.engine.callsOf("createContainer").length, 1);
});

for (const code of ["invalid", "failed", "unsupported"] as const satisfies readonly EngineErrorCode[]) {
  test(`prepare asks again without the size when the daemon refuses it as ${code}`, async () => {
    const bench = new Workbench({}, { openRequest: openSized });
    bench.engine.once("createContainer", fail(code, "--storage-opt is supported only for overlay over xfs"));
    await bench.prepare();
    assert.deepEqual(bench.fedKinds, ["prepared"]);
    assert.equal(bench.created?.request.body.HostConfig?.StorageOpt, undefined);
  });
}

test("prepare does not ask again when the daemon did not answer: there may be a container by now", async () => {
  const bench = new Workbench({}, { openRequest: openSized });
  bench.engine.once("createContainer", fail("timeout", "no answer", { effect: "done" }));
  await bench.prepare();
  assert.equal(bench.engine.callsOf("createContainer").length, 1);
  assert.deepEqual(bench.fedKinds, ["prepare_failed"]);
  assert.deepEqual(bench.engine.containers, []);
});

test("start gives the terminal the size that the task wants", async () => {
  const bench = new Workbench({ terminal: { rows: 50, columns: 132 } });
  const container = await bench.start();
  assert.deepEqual(container.terminalSize, { rows: 50, columns: 132 });
  assert.equal(bench.fedKinds.at(-1), "started");
});

test("start asks for no size of a terminal that the task does not want", async () => {
  const bench = new Workbench();
  await bench.start();
  assert.deepEqual(bench.engine.callsOf("resizeTty"), []);
});

test("start goes on when the terminal keeps its size", async () => {
  const bench = new Workbench({ terminal: { rows: 50, columns: 132 } });
  bench.engine.once("resizeTty", fail("failed", "no such exec"));
  await bench.start();
  assert.equal(bench.fedKinds.at(-1), "started");
  assert.deepEqual(bench.log.messages("warn"), ["the terminal kept its size"]);
});

const noDriver = 'could not select device driver "" with capabilities: [[gpu]]';

for (const { title, sources, message } of [
  {
    title: "names the field that wants devices",
    sources: { "HostConfig.DeviceRequests": ["resources.gpus"] },
    message: `Cannot honour resources.gpus: ${noDriver}`,
  },
  {
    title: "names every field that wants devices",
    sources: { "HostConfig.DeviceRequests": ["resources.gpus", "DockerInfo.parameters gpus"] },
    message: `Cannot honour resources.gpus, DockerInfo.parameters gpus: ${noDriver}`,
  },
  { title: "names no field when none wants devices", sources: {}, message: noDriver },
] as const satisfies readonly { title: string; sources: TaskSpec["sources"]; message: string }[]) {
  test(`start ${title} when the daemon does not start the container`, async () => {
    const bench = new Workbench({ sources });
    bench.engine.once("startContainer", fail("failed", noDriver));
    await bench.start();
    assert.deepEqual(bench.fed.at(-1), { kind: "start_failed", fault: { code: "launch", message } });
  });
}

test("start passes an error on that is not the daemon's, whatever wants devices", async () => {
  const bench = new Workbench({ sources: { "HostConfig.DeviceRequests": ["resources.gpus"] } });
  bench.engine.startContainer = () => Promise.reject(new RangeError("a bug"));
  await assert.rejects(bench.start(), new RangeError("a bug"));
});

/** A task with 10 MB of disk, of which the sandbox takes some. */
function openDiskBench(sandboxMb: number, amounts: TaskSpec["amounts"] = { diskMb: 10 }): Workbench {
  return new Workbench({ amounts }, { disk: { intervalMs: 15_000, measureSandbox: async () => sandboxMb * 2 ** 20 } });
}

async function look(bench: Workbench): Promise<void> {
  await bench.clock.scheduled(15_000);
  bench.clock.advance(15_000);
  await settled();
}

test("a container that uses more disk than it has is wished to end at once", async () => {
  const bench = openDiskBench(4);
  const container = await bench.start();
  container.writableBytes = 6 * 2 ** 20;
  await look(bench);
  assert.equal(bench.fedKinds.at(-1), "started", "all of it may be used");
  container.writableBytes++;
  await look(bench);
  assert.deepEqual(bench.fed.at(-1), {
    kind: "stop",
    stop: { reason: "disk_limit", graceMs: 0, deadline: bench.clock.now(), usedBytes: 10 * 2 ** 20 + 1 },
  });
});

for (const [title, bench] of [
  ["without a limit", () => openDiskBench(4, {})],
  ["that nobody watches", () => new Workbench({ amounts: { diskMb: 10 } })],
] as const) {
  test(`a disk ${title} is not looked at`, async () => {
    const work = bench();
    await work.start();
    assert.deepEqual(work.clock.delays, []);
  });
}

test("a container is removed while its disk is watched, and nothing keeps the process alive", async () => {
  const bench = openDiskBench(4);
  const { id } = await bench.start();
  await bench.clock.scheduled(15_000);
  await bench.work.run({ kind: "remove", containerId: id });
  await settled();
  assert.deepEqual(bench.clock.delays, []);
  assert.deepEqual(bench.failures, []);
});

test("a disk that the daemon cannot measure now is looked at again", async () => {
  const bench = openDiskBench(11);
  await bench.start();
  bench.engine.once("containerSize", fail("failed", "busy"));
  await look(bench);
  assert.equal(bench.fedKinds.at(-1), "started");
  await look(bench);
  assert.equal(bench.fedKinds.at(-1), "stop");
});

test("no disk is watched of a container that did not start", async () => {
  const bench = openDiskBench(11);
  bench.engine.once("startContainer", fail("failed"));
  await bench.start();
  assert.deepEqual(bench.clock.delays, []);
});
