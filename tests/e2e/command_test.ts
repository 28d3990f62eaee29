import assert from "node:assert/strict";
import { test } from "node:test";
import { isProcessRunning, readProcessStart } from "../../src/runtime/process_start.ts";
import { RunningCommand } from "./command.ts";
import { eventually } from "./eventually.ts";

test("a command that a test leaves running ends with its scope, and what it has started with it", async () => {
  const begun: [pid: number, startTime: string][] = [];
  const failing = async () => {
    // One that heeds no polite signal.
    await using command = new RunningCommand(["sh", "-c", "trap '' TERM INT; sleep 300 & echo $!; wait"]);
    const child = await eventually("the child's pid", () => Number(command.stdout.trim()) || undefined);
    for (const pid of [command.pid, child]) begun.push([pid, readProcessStart(pid) ?? assert.fail("it does not run")]);
    throw new Error("the test fails");
  };
  await assert.rejects(failing(), { message: "the test fails" });
  for (const process of begun) await eventually(`the end of ${process[0]}`, () => !isProcessRunning(...process));
});

test("a command that has ended is left alone, and one that could not be started as well", async () => {
  await using ended = new RunningCommand(["true"]);
  assert.equal((await ended.result).end, 0);
  await using absent = new RunningCommand(["/absent/program"]);
  await assert.rejects(absent.result, { code: "ENOENT" });
});
