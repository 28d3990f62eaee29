import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { readProcessStart } from "../../src/runtime/process_start.ts";
import { killProcessTree } from "../../src/runtime/process_tree.ts";

/** Starts a shell that says when all of its line has begun. */
async function startShell(line: string) {
  const child = spawn("sh", ["-c", line], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(child, "exit");
  // Processes that it leaves behind hold its output open.
  const closed = once(child.stdout, "close");
  await once(child.stdout, "data");
  child.stdout.resume();
  return { pid: child.pid ?? 0, startTime: readProcessStart(child.pid ?? 0) ?? "", ended, closed, child };
}

test("killProcessTree() kills a process and what its children have started", async () => {
  const { ended, closed, ...root } = await startShell("(sleep 60 & sleep 60) & sleep 60 & echo begun; wait");
  killProcessTree(root);
  assert.deepEqual(await ended, [null, "SIGKILL"]);
  await closed;
});

test("killProcessTree() leaves a process alone that has been given the pid of another", async () => {
  const { ended, child, pid } = await startShell("echo begun; exec sleep 60");
  killProcessTree({ pid, startTime: "1" });
  assert.ok(readProcessStart(pid));
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [null, "SIGTERM"]);
});

test("killProcessTree() takes no offence at a process that has ended", async () => {
  const { ended, ...root } = await startShell("echo begun");
  await ended;
  killProcessTree(root);
});
