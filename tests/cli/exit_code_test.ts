import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReference } from "../../registry/mod.ts";
import { RegistryError } from "../../registry/registry_error.ts";
import { describeError, exitCodes, toExitCode } from "../../src/cli/exit_code.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { EnvironmentError } from "../../src/mesos/environment.ts";

test("toExitCode() tells corrupt content from other failures (J 32)", () => {
  assert.equal(toExitCode(new RegistryError("CORRUPT", "x")), exitCodes.corrupt);
  assert.equal(toExitCode(new RegistryError("UNAVAILABLE", "x")), exitCodes.failed);
  assert.equal(new Set(Object.values(exitCodes)).size, 4);
});

test("toExitCode() tells wrong usage from failure", () => {
  assert.equal(toExitCode(new UsageError("x")), exitCodes.usage);
  assert.equal(toExitCode(new EnvironmentError(["MESOS_SLAVE_PID is missing"])), exitCodes.usage);
  assert.throws(
    () => parseReference("A B"),
    (error) => toExitCode(error) === exitCodes.usage,
  );
  assert.equal(toExitCode(new Error("x")), exitCodes.failed);
  assert.equal(toExitCode("x"), exitCodes.failed);
});

test("describeError() tells what went wrong first, and what did when that was tidied up after", () => {
  const first = new RegistryError("CORRUPT", "it is corrupt");
  const both = new SuppressedError(new Error("the file stays"), first);
  const all = new SuppressedError("the folder as well", both);
  assert.equal(describeError(all), "it is corrupt; the file stays; the folder as well");
  assert.equal(toExitCode(all), exitCodes.corrupt);
  assert.equal(describeError("nothing but words"), "nothing but words");
});
