import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError, isAnswerLost, toPatientEngine } from "../../src/docker/mod.ts";
import { RecordingLog } from "../executor/recording_log.ts";
import { settled } from "../executor/until.ts";
import { fail } from "../fakes/engine_faults.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeEngine } from "../fakes/fake_engine.ts";

const away = fail("absent", "nobody listens on the socket");
const cut = fail("failed", "closed before it answered", { effect: "done" });

/** A daemon and somebody with ten seconds of patience. */
function open(patienceMs = 10_000, more: { firstPatienceMs?: number } = {}) {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const engine = new FakeEngine({ clock, images: ["busybox"] });
  const pass = async (totalMs: number) => {
    for (let passed = 0; passed < totalMs; passed += 500) {
      await clock.scheduled(500);
      clock.advance(500);
    }
    await settled();
  };
  return { clock, log, engine, pass, patient: toPatientEngine(engine, { clock, log, patienceMs, ...more }) };
}

test("toPatientEngine() waits for a daemon that is away, and says so once", async () => {
  const { engine, patient, pass, log } = open();
  engine.once("createContainer", away, away, away);
  const created = patient.createContainer({ name: "one", body: { Image: "busybox" } });
  await pass(1500);
  const { id } = await created;
  assert.equal(engine.container.id, id);
  assert.equal(log.messages("warn").length, 1);
});

test("toPatientEngine() says it once for all calls, again when it is for another reason, and when it had answered", async () => {
  const { engine, patient, pass, log } = open();
  const refused = fail("absent", "nobody answers");
  engine.once("version", away, away, refused);
  engine.once("info", away, away, away);
  const asked = Promise.all([patient.version(), patient.info()]);
  await pass(500);
  assert.equal(log.messages("warn").length, 1);
  await pass(1000);
  await asked;
  assert.equal(log.messages("warn").length, 2);
  engine.once("version", away, away);
  const askedAgain = patient.version();
  await pass(1000);
  await askedAgain;
  assert.equal(log.messages("warn").length, 3);
});

test("toPatientEngine() gives up soon a daemon that has not answered once, and no other", async () => {
  const { engine, patient, pass } = open(10_000, { firstPatienceMs: 2000 });
  engine.once("version", away, away, away, away, away);
  engine.once("info", away);
  const failed = assert.rejects(patient.version(), /nobody listens/);
  await pass(2000);
  await failed;
  assert.equal(engine.callsOf("version").length, 5);
  await assert.rejects(patient.info(), /nobody listens/);
  engine.once("inspectContainer", fail("forbidden"), ...Array.from({ length: 10 }, () => away));
  await assert.rejects(patient.inspectContainer("one"), /forbidden/);
  const inspected = patient.inspectContainer("one");
  await pass(5000);
  assert.equal(await inspected, undefined);
});

test("toPatientEngine() gives up a daemon that stays away, with its own error", async () => {
  const { engine, patient, pass } = open();
  engine.always("inspectContainer", away);
  const inspected = assert.rejects(patient.inspectContainer("one"), /^EngineError: nobody listens on the socket$/);
  await pass(10_000);
  await inspected;
  assert.equal(engine.callsOf("inspectContainer").length, 21);
});

test("toPatientEngine() with no patience fails at once", async () => {
  const { engine, patient, clock } = open(0);
  engine.always("listContainers", away);
  await assert.rejects(patient.listContainers(), EngineError);
  assert.deepEqual(clock.delays, []);
});

test("toPatientEngine() makes a call again whose answer was cut, when that does no harm", async () => {
  const { engine, patient, pass } = open();
  const { id } = await engine.createContainer({ body: { Image: "busybox" } });
  engine.once("removeContainer", cut);
  const removed = patient.removeContainer(id, { force: true });
  await pass(500);
  await removed;
  assert.equal(engine.callsOf("removeContainer").length, 2);
});

for (const method of ["createContainer", "startContainer"] as const) {
  test(`toPatientEngine() does not repeat ${method} whose answer was cut`, async () => {
    const { engine, patient } = open();
    const request = { name: "one", body: { Image: "busybox" } };
    if (method === "startContainer") await engine.createContainer(request);
    engine.once(method, cut);
    const called = method === "startContainer" ? patient.startContainer("one") : patient.createContainer(request);
    await assert.rejects(called, /closed before it answered/);
    assert.equal(engine.container.name, "one");
  });
}

test("toPatientEngine() does not ask a third time for ever when every answer is cut", async () => {
  const { engine, patient, pass } = open();
  engine.always("inspectContainer", cut);
  const inspected = assert.rejects(patient.inspectContainer("one"), /closed before it answered/);
  await pass(1500);
  await inspected;
  assert.equal(engine.callsOf("inspectContainer").length, 4);
});

for (const code of ["timeout", "not_found", "conflict", "forbidden", "failed"] as const) {
  test(`toPatientEngine() passes ${code} on at once`, async () => {
    const { engine, patient, clock } = open();
    engine.once("inspectContainer", fail(code));
    await assert.rejects(patient.inspectContainer("one"), new RegExp(code));
    assert.deepEqual(clock.delays, []);
  });
}

test("toPatientEngine() stops asking when its caller gives up, with what the daemon said last", async () => {
  const { engine, patient, clock } = open();
  engine.always("pullImage", away);
  const giving = new AbortController();
  const pulled = assert.rejects(patient.pullImage("busybox", { signal: giving.signal }), /nobody listens/);
  await clock.scheduled(500);
  giving.abort(new Error("given up"));
  await pulled;
  assert.deepEqual(clock.delays, []);
});

test("toPatientEngine() leaves stops and kills to whoever has a grace to keep", async () => {
  const { engine, patient, clock } = open();
  engine.always("stopContainer", away);
  engine.always("killContainer", away);
  await assert.rejects(patient.stopContainer("one", { graceSeconds: 1 }), EngineError);
  await assert.rejects(patient.killContainer("one", { killSignal: "SIGKILL" }), EngineError);
  assert.deepEqual(clock.delays, []);
});

test("isAnswerLost() tells what may have been done from what was not", () => {
  assert.equal(isAnswerLost(new EngineError("timeout", "no answer")), true);
  assert.equal(isAnswerLost(new EngineError("failed", "connection reset", { retryable: true })), true);
  assert.equal(isAnswerLost(new EngineError("failed", "no space left", { status: 500 })), false);
  assert.equal(isAnswerLost(new EngineError("absent", "nobody listens")), false);
});
