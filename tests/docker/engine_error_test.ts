import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError, type EngineErrorCode, isPassingStatus, toErrorCode } from "../../src/docker/engine_error.ts";

test("toErrorCode() tells the statuses of the Engine API apart", () => {
  const codes: [status: number, code: EngineErrorCode][] = [
    [400, "invalid"],
    [401, "forbidden"],
    [403, "forbidden"],
    [404, "not_found"],
    [409, "conflict"],
    [500, "failed"],
    [501, "unsupported"],
    [302, "failed"],
    [503, "failed"],
  ];
  for (const [status, code] of codes) assert.equal(toErrorCode(status), code, `${status}`);
});

test("isPassingStatus() takes trouble of proxies and of a starting daemon, and not the daemon's own 500", () => {
  assert.deepEqual([429, 500, 501, 502, 503, 504].filter(isPassingStatus), [429, 502, 503, 504]);
});

test("EngineError is retryable without being told when the daemon was not there or too slow", () => {
  const codes: EngineErrorCode[] = [
    "absent",
    "forbidden",
    "not_found",
    "conflict",
    "invalid",
    "timeout",
    "aborted",
    "unsupported",
    "failed",
  ];
  assert.deepEqual(
    codes.filter((code) => new EngineError(code, "x").retryable),
    ["absent", "timeout"],
  );
  assert.equal(new EngineError("failed", "x", { retryable: true }).retryable, true);
  assert.equal(new EngineError("absent", "x", { retryable: false }).retryable, false);
});

test("EngineError has a cause only when one was given", () => {
  const cause = new Error("below");
  assert.equal(new EngineError("failed", "x", { cause }).cause, cause);
  assert.ok(!("cause" in new EngineError("failed", "x")));
});
