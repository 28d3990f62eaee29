import assert from "node:assert/strict";
import { test } from "node:test";
import "tar-stream";
import { InfraContainer } from "../../../src/executor/groups/infra_container.ts";
import { infraImage } from "../../../src/executor/groups/infra_image.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import { fail, hang } from "../../fakes/engine_faults.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openPlainRequest } from "../container/plain_request.ts";
import { RecordingLog } from "../recording_log.ts";
import { createSpec } from "../task_specimen.ts";
import { settled, until } from "../until.ts";

class Bench {
  readonly clock = new FakeClock();
  readonly engine = new FakeEngine({ clock: this.clock });
  readonly lost: string[] = [];
  readonly failures: unknown[] = [];
  readonly infra: InfraContainer;
  readonly #stopping = new AbortController();
  readonly signal = this.#stopping.signal;

  constructor() {
    this.engine.archive = [infraImage];
    const { engine, clock } = this;
    const spec = createSpec({ image: infraImage, pull: "never" });
    const task = { spec, name: "group-a-00", labels: {} };
    this.infra = new InfraContainer({
      engine,
      clock,
      log: new RecordingLog(),
      name: task.name,
      spec,
      openRequest: (options) => openPlainRequest(engine, task, options),
      lost: (why) => this.lost.push(why),
      fail: (error) => this.failures.push(error),
    });
  }

  giveUp(): void {
    this.#stopping.abort(new Error("given up"));
  }
}

test("open() makes one container, whoever asks for it", async () => {
  const { infra, engine, signal } = new Bench();
  const [one, other] = await Promise.all([infra.open({ signal }), infra.open({ signal })]);
  assert.equal(one.containerId, other.containerId);
  assert.equal((await infra.open({ signal })).containerId, one.containerId);
  assert.equal(engine.callsOf("createContainer").length, 1);
  await infra.close();
  assert.deepEqual(engine.containers, []);
});

test("who stops waiting leaves the container to the others", async () => {
  const bench = new Bench();
  bench.engine.once("startContainer", hang({ effect: "done" }));
  const waiting = bench.infra.open({ signal: bench.signal });
  const other = bench.infra.open({ signal: new AbortController().signal });
  await until(() => bench.engine.callsOf("startContainer").length === 1, "it is being started");
  bench.giveUp();
  await assert.rejects(waiting, /^Error: given up$/);
  assert.equal(bench.engine.containers.length, 1);
  await bench.infra.close();
  await assert.rejects(other, TaskError);
  assert.deepEqual(bench.engine.containers, []);
});

test("who has stopped waiting before has no container made", async () => {
  const bench = new Bench();
  bench.giveUp();
  await assert.rejects(bench.infra.open({ signal: bench.signal }), /given up/);
  await bench.infra.close();
  assert.deepEqual(bench.engine.calls, []);
});

test("an end that nobody has asked for is told, once and in words", async () => {
  const { infra, engine, signal, lost } = new Bench();
  await infra.open({ signal });
  engine.container.exit(1);
  await until(() => lost.length > 0, "it is told");
  assert.deepEqual(lost, ["Container exited with status 1"]);
  await infra.close();
});

test("the end that close() makes is told to nobody", async () => {
  const { infra, signal, lost, failures } = new Bench();
  await infra.open({ signal });
  await infra.close();
  await settled();
  assert.deepEqual([lost, failures], [[], []]);
});

test("a container that disappears is told as lost", async () => {
  const { infra, engine, signal, lost } = new Bench();
  const { containerId } = await infra.open({ signal });
  engine.always("openWait", fail("not_found"));
  engine.breakConnections();
  await until(() => lost.length > 0, "it is told");
  assert.deepEqual(lost, [`Container ${containerId} disappeared`]);
  await infra.close();
});

for (const method of ["loadImage", "createContainer", "openWait", "startContainer", "inspectContainer"] as const) {
  test(`open() says what was wrong with ${method}, and leaves nothing to close() but the container`, async () => {
    const bench = new Bench();
    bench.engine.always(method, fail("failed", "no"));
    const opening = bench.infra.open({ signal: bench.signal });
    opening.catch(() => undefined);
    if (method === "inspectContainer") {
      for (let attempt = 1; attempt < 10; attempt++) {
        await bench.clock.scheduled(500);
        bench.clock.advance(500);
      }
    }
    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof TaskError);
      assert.deepEqual([error.code, error.message], ["launch", "Cannot make the container of the task group: no"]);
      return true;
    });
    await bench.infra.close();
    assert.deepEqual(bench.engine.containers, []);
  });
}
