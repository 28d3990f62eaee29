import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { readProcessStart } from "../../src/runtime/process_start.ts";
import { openFixture } from "../fakes/own_runtime.ts";

test("readProcessStart() gives the same start of a living process each time", () => {
  const start = readProcessStart(process.pid);
  assert.match(start ?? "", /^\d+$/);
  assert.equal(readProcessStart(process.pid), start);
  assert.notEqual(readProcessStart(1), start);
});

test("readProcessStart() gives nothing once the process is gone", async () => {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  const { pid = 0 } = child;
  assert.match(readProcessStart(pid) ?? "", /^\d+$/);
  const closed = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await closed;
  assert.equal(readProcessStart(pid), undefined);
});

test("readProcessStart() is not deceived by a name with spaces and parentheses", async () => {
  await using fixture = await openFixture();
  const program = join(fixture.path, "a) S 1 (b");
  await copyFile("/bin/sleep", program);
  const child = spawn(program, ["60"], { stdio: "ignore" });
  const closed = new Promise((resolve) => child.once("close", resolve));
  try {
    const [own, child_] = [readProcessStart(process.pid), readProcessStart(child.pid ?? 0)].map(Number);
    // Started after this process, and within a minute (100 clock ticks are a second on Linux).
    assert.ok(child_! >= own! && child_! < own! + 100 * 60 * 60, `${own} ${child_}`);
  } finally {
    child.kill("SIGKILL");
    await closed;
  }
});
