import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { findProcess, findProcesses, isAlive, killProcess } from "../../../src/executor/container/process.ts";
import { readProcessStart } from "../../../src/runtime/process_start.ts";

/** A text that every cgroup file of this process has, as a container's has the container's id. */
const ownCgroup = readFileSync("/proc/self/cgroup", "utf8").split("\n")[0] ?? "";

function startSleeper() {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  return { child, pid: child.pid ?? 0, ended: once(child, "exit") };
}

test("findProcess() knows a process whose cgroup bears the container's id", async () => {
  const { child, pid, ended } = startSleeper();
  const found = findProcess(pid, ownCgroup);
  assert.deepEqual(found, { pid, startTime: readProcessStart(pid) });
  assert.equal(isAlive(found ?? { pid: 0, startTime: "" }), true);
  child.kill("SIGKILL");
  await ended;
});

for (const [title, pid, containerId] of [
  ["of another container", process.pid, "f".repeat(64)],
  ["that there is not", 2 ** 22 + 1, ownCgroup],
  ["of a container that does not run", 0, ownCgroup],
  ["of no container", process.pid, ""],
] as const) {
  test(`findProcess() finds none for a process ${title}`, () => {
    assert.equal(findProcess(pid, containerId), undefined);
  });
}

test("findProcesses() finds all processes of a container, and no other", async () => {
  const { child, pid, ended } = startSleeper();
  const found = findProcesses(ownCgroup).map((one) => one.pid);
  assert.ok(found.includes(pid) && found.includes(process.pid));
  assert.deepEqual(findProcesses("f".repeat(64)), []);
  child.kill("SIGKILL");
  await ended;
});

test("killProcess() ends a process, and takes no offence at one that has ended", async () => {
  const { pid, ended } = startSleeper();
  const found = findProcess(pid, ownCgroup);
  assert.ok(found);
  assert.equal(killProcess(found), "killed");
  assert.deepEqual(await ended, [null, "SIGKILL"]);
  assert.equal(isAlive(found), false);
  assert.equal(killProcess(found), "gone");
});

test("killProcess() leaves a process alone that has the pid of one that has ended", async () => {
  const { child, pid, ended } = startSleeper();
  assert.equal(killProcess({ pid, startTime: "1" }), "gone");
  assert.equal(isAlive({ pid, startTime: readProcessStart(pid) ?? "" }), true);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [null, "SIGTERM"]);
});
