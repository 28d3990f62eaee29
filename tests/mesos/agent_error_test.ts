import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentError, toStatusError } from "../../src/mesos/agent_error.ts";

// Contract A.4, and what else a server may say.
const statuses: [number, string][] = [
  [404, "recovering"],
  [500, "recovering"],
  [501, "recovering"],
  [503, "recovering"],
  [200, "refused"],
  [302, "refused"],
  [400, "refused"],
  [401, "refused"],
  [403, "refused"],
  [405, "refused"],
  [406, "refused"],
  [415, "refused"],
];
for (const [status, code] of statuses) {
  test(`toStatusError() says that ${status} means "${code}"`, () => {
    const error = toStatusError("send update", status, "");
    assert.equal(error.code, code);
    assert.equal(error.status, status);
    assert.equal(error.retryable, code === "recovering");
  });
}

test("toStatusError() quotes what the agent said", () => {
  assert.equal(
    toStatusError("subscribe", 503, "Agent has not finished recovery\n").message,
    "Cannot subscribe: the agent answered 503 (Agent has not finished recovery)",
  );
  assert.equal(toStatusError("subscribe", 404, " \n").message, "Cannot subscribe: the agent answered 404");
});

test("AgentError keeps its cause and may be tried again unless the agent refused", () => {
  const cause = new Error("connect ECONNREFUSED");
  const error = new AgentError("unreachable", "Cannot subscribe", { cause });
  assert.ok(error instanceof Error);
  assert.deepEqual([error.name, error.cause, error.status], ["AgentError", cause, undefined]);
  assert.equal(error.retryable, true);
  assert.equal(new AgentError("protocol", "Cannot subscribe").retryable, true);
  assert.equal(new AgentError("refused", "Cannot subscribe").retryable, false);
});
