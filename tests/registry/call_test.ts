import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { waitFor } from "../../registry/call.ts";

const settled = () => new Promise((resolve) => setTimeout(resolve, 10));

test("a wait gives what is waited for, or its error", async () => {
  const { signal } = new AbortController();
  assert.equal(await waitFor(Promise.resolve(1), signal), 1);
  await assert.rejects(waitFor(Promise.reject(new Error("failed")), signal), /^Error: failed$/);
});

test("a wait that is given up has its signal's reason", async () => {
  const giving = new AbortController();
  const waiting = waitFor(new Promise(() => undefined), giving.signal);
  giving.abort(new Error("given up"));
  await assert.rejects(waiting, /^Error: given up$/);
});

test("what fails when nobody waits for it any more is no unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    const work = Promise.withResolvers<never>();
    await assert.rejects(waitFor(work.promise, AbortSignal.abort(new Error("given up"))), /^Error: given up$/);
    work.reject(new Error("failed"));
    await settled();
    assert.deepEqual(unhandled, []);
  } finally {
    process.off("unhandledRejection", note);
  }
});
