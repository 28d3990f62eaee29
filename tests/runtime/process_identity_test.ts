import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { identifyOwnProcess, readProcessSight } from "../../src/runtime/process_identity.ts";

test("identifyOwnProcess() names this process, and refuses to where /proc does not have it", () => {
  const sight = readProcessSight();
  const startTime = sight.readStart(process.pid);
  assert.deepEqual(identifyOwnProcess(), { pid: process.pid, startTime, ...sight.world });
  const blind = { ...sight, readStart: () => undefined };
  assert.throws(() => identifyOwnProcess(blind), /^Error: Cannot identify process \d+: it is not in \/proc$/);
});
