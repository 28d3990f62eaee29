import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError } from "../../../src/docker/engine_error.ts";
import { CallGuard } from "../../../src/docker/http/call_guard.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";

const call = { action: "start container", subject: "c1" };

test("CallGuard ends a call at its deadline, and says what was waited for", async () => {
  const clock = new FakeClock();
  using guard = new CallGuard(call, { clock });
  guard.startDeadline(30_000);
  clock.advance(29_999);
  assert.equal(guard.signal.aborted, false);
  clock.advance(1);
  await assert.rejects(guard.race(new Promise(() => undefined)), {
    name: "EngineError",
    code: "timeout",
    retryable: true,
    message: 'Cannot start container "c1": the Docker daemon gave no answer within 30 s',
  });
});

test("CallGuard.startDeadline() starts it again, stopDeadline() takes it away", () => {
  const clock = new FakeClock();
  using guard = new CallGuard(call, { clock });
  guard.startDeadline(10);
  clock.advance(9);
  guard.startDeadline(10, "said nothing more");
  clock.advance(9);
  assert.equal(guard.signal.aborted, false);
  guard.stopDeadline();
  clock.advance(1000);
  assert.equal(guard.signal.aborted, false);
});

test("CallGuard turns the caller's abort into an EngineError with its reason", async () => {
  const controller = new AbortController();
  using guard = new CallGuard(call, { clock: new FakeClock(), signal: controller.signal });
  const raced = guard.race(new Promise(() => undefined));
  const reason = new Error("task was killed");
  controller.abort(reason);
  await assert.rejects(raced, (error) => {
    assert.ok(error instanceof EngineError);
    assert.equal(error.code, "aborted");
    assert.equal(error.message, 'Cannot start container "c1": aborted (task was killed)');
    assert.equal(error.cause, reason);
    return true;
  });
});

test("CallGuard knows a signal that was aborted before", () => {
  using guard = new CallGuard(call, { clock: new FakeClock(), signal: AbortSignal.abort() });
  assert.equal(guard.signal.reason.code, "aborted");
});

test("CallGuard keeps the first reason", () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  using guard = new CallGuard(call, { clock, signal: controller.signal });
  guard.startDeadline(10);
  clock.advance(10);
  controller.abort();
  assert.equal(guard.signal.reason.code, "timeout");
});

test("CallGuard.race() settles as the work does", async () => {
  using guard = new CallGuard(call, { clock: new FakeClock() });
  assert.equal(await guard.race(Promise.resolve(7)), 7);
  await assert.rejects(guard.race(Promise.reject(new RangeError("no"))), RangeError);
});

test("CallGuard does what was deferred once, and leaves no timer, when the call is over", () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const done: string[] = [];
  const guard = new CallGuard(call, { clock, signal: controller.signal });
  guard.defer(() => done.push("first"));
  guard.defer(() => done.push("second"));
  guard.startDeadline(10);
  guard[Symbol.dispose]();
  guard[Symbol.dispose]();
  guard.startDeadline(10);
  assert.deepEqual(done, ["first", "second"]);
  assert.deepEqual(clock.delays, []);
  controller.abort();
  assert.equal(guard.signal.aborted, false);
});
