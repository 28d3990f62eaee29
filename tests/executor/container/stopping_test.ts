import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type ContainerProcess, findProcess } from "../../../src/executor/container/process.ts";
import { stopContainer } from "../../../src/executor/container/stopping.ts";
import type { TaskInput } from "../../../src/executor/task/task_state.ts";
import { fail } from "../../fakes/engine_faults.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { RecordingLog } from "../recording_log.ts";
import { settled, until } from "../until.ts";

const ownCgroup = readFileSync("/proc/self/cgroup", "utf8").split("\n")[0] ?? "";
const fault = fail("timeout", "no answer within 1 s");

/** A daemon that does not answer, and a process that stands for its container's. */
class Bench implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  readonly engine = new FakeEngine({ clock: this.clock, images: ["busybox"] });
  readonly fed: TaskInput[] = [];
  readonly removing = new AbortController();
  readonly child: ChildProcess = spawn("sleep", ["60"], { stdio: "ignore" });
  readonly ended = once(this.child, "exit");

  get process(): ContainerProcess | undefined {
    return findProcess(this.child.pid ?? 0, ownCgroup);
  }

  stop(graceMs: number, process: ContainerProcess | undefined): Promise<void> {
    const { engine, clock, log } = this;
    const feed = (input: TaskInput) => this.fed.push(input);
    return stopContainer("c1", graceMs, { engine, clock, log, feed, signal: this.removing.signal, process });
  }

  /** The daemon answers nothing from now on. */
  away(): void {
    this.engine.always("stopContainer", fault);
    this.engine.always("killContainer", fault);
  }

  /** Lets a grace pass, second by second, as the daemon is asked. */
  async passGrace(graceMs: number): Promise<void> {
    for (let passed = 0; passed < graceMs; passed += 1000) {
      await this.clock.scheduled(1000);
      this.clock.advance(1000);
    }
    await settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

for (const [graceMs, method] of [
  [5000, "stopContainer"],
  [0, "killContainer"],
] as const) {
  test(`stopContainer() kills a container by its process when ${method} fails, and tells of its end`, async () => {
    await using bench = new Bench();
    bench.engine.always(method, fault);
    bench.engine.always("killContainer", fault);
    const stopped = bench.stop(graceMs, bench.process);
    await bench.passGrace(graceMs);
    assert.deepEqual(await bench.ended, [null, "SIGKILL"]);
    await until(() => bench.clock.delays.length > 0, "news are waited for");
    assert.deepEqual(bench.fed, [], "the daemon may still tell of the end itself");
    for (let waited = 0; waited <= 2000; waited += 100) {
      bench.clock.advance(100);
      await settled();
    }
    await stopped;
    assert.deepEqual(bench.fed, [{ kind: "exited", status: 137 }]);
    assert.deepEqual(bench.log.messages("warn"), ["the container was killed by its process"]);
  });
}

test("stopContainer() tells nothing of a killed container of which the daemon has told by then", async () => {
  await using bench = new Bench();
  bench.away();
  const stopped = bench.stop(5000, bench.process);
  await bench.passGrace(5000);
  await bench.ended;
  await until(() => bench.clock.delays.length > 0, "news are waited for");
  bench.removing.abort(new Error("it is being removed"));
  await stopped;
  assert.deepEqual(bench.fed, []);
});

test("stopContainer() says that it failed when neither daemon nor process are to be had", async () => {
  await using bench = new Bench();
  bench.away();
  const stopped = bench.stop(5000, undefined);
  await bench.passGrace(5000);
  await stopped;
  assert.deepEqual(bench.fed, [{ kind: "stop_failed" }]);
  assert.equal(bench.child.exitCode, null, "nobody else was killed");
});

test("stopContainer() does not make up how a container ended that had ended when its process was looked for", async () => {
  await using bench = new Bench();
  bench.away();
  const found = bench.process;
  bench.child.kill("SIGTERM");
  await bench.ended;
  const stopped = bench.stop(5000, found);
  await bench.passGrace(5000);
  await until(() => bench.clock.delays.length > 0, "news are waited for");
  for (let waited = 0; waited <= 10_000; waited += 100) {
    bench.clock.advance(100);
    await settled();
  }
  await stopped;
  const message = "Container c1 has ended, and the daemon does not tell how";
  assert.deepEqual(bench.fed, [{ kind: "vanished", fault: { code: "lost", message } }]);
});

test("stopContainer() leaves alone a process that has the pid of the container's by now, and waits for news", async () => {
  await using bench = new Bench();
  bench.away();
  const stopped = bench.stop(5000, { pid: bench.child.pid ?? 0, startTime: "1" });
  await until(() => bench.clock.delays.length > 0, "news are waited for");
  assert.equal(bench.child.exitCode, null);
  assert.equal(bench.child.signalCode, null);
  bench.removing.abort(new Error("it is being removed"));
  await stopped;
});

test("stopContainer() leaves a container its grace when the daemon is away, and asks again", async () => {
  await using bench = new Bench();
  bench.away();
  const found = bench.process;
  const stopped = bench.stop(60_000, found);
  await bench.passGrace(3000);
  assert.equal(bench.child.signalCode, null, "the process lives, with most of its grace to come");
  const asked = bench.engine.callsOf("stopContainer").map(({ options }) => options);
  const second = (graceSeconds: number) => ({ graceSeconds, deadlineMs: 1000 });
  assert.deepEqual(asked.slice(0, 3), [second(60), second(59), second(58)]);
  bench.removing.abort(new Error("it is being removed"));
  await stopped;
});

test("stopContainer() kills when a part of a second is over, though the daemon counts whole ones", async () => {
  await using bench = new Bench();
  const { engine, clock } = bench;
  const { id } = await engine.createContainer({ body: { Image: "busybox" } });
  engine.container.stopManner = "ignores";
  await engine.startContainer(id);
  const removing = new AbortController();
  const options = { engine, clock, log: bench.log, feed: () => undefined, signal: removing.signal, process: undefined };
  const stopped = stopContainer(id, 1500, options);
  await clock.scheduled(1500);
  clock.advance(1499);
  await settled();
  assert.equal(engine.container.status, "running");
  clock.advance(1);
  await stopped;
  assert.equal(engine.container.status, "exited");
});
