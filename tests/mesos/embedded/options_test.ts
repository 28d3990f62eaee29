import assert from "node:assert/strict";
import { isAbsolute } from "node:path";
import { test } from "node:test";
import { resolveSettings } from "../../../src/mesos/embedded/options.ts";

const least = { workDir: "work", resources: { cpus: 1, mem: 1, disk: 1, ports: [] } };

test("resolveSettings() puts the defaults of a real agent in place", () => {
  const settings = resolveSettings(least);
  assert.ok(isAbsolute(settings.workDir));
  assert.match(settings.agentId, /^[0-9a-f-]{36}-S0$/);
  assert.equal(settings.shutdownGraceMs, 5000);
  assert.equal(settings.registrationTimeoutMs, 60_000);
  assert.equal(settings.reregistrationTimeoutMs, 2000);
  assert.equal(settings.recoveryTimeoutMs, 900_000);
  assert.equal(settings.heartbeatIntervalMs, 1_800_000);
  assert.equal(settings.authentication, "none");
});

test("resolveSettings() refuses a re-registration timeout that no agent would start with", () => {
  assert.equal(resolveSettings({ ...least, reregistrationTimeoutMs: 15_000 }).reregistrationTimeoutMs, 15_000);
  assert.throws(() => resolveSettings({ ...least, reregistrationTimeoutMs: 15_001 }), RangeError);
});
