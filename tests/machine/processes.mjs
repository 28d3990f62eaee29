// Processes as /proc shows them. A pid alone names nothing for long: pid and start time together do.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** @typedef {{ pid: number, startTime: string }} ProcessIdentity */

/** Fields of /proc/PID/stat from the third (state) on, or undefined when there is no such process. */
function statFields(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the name in brackets and may hold spaces and brackets itself.
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return undefined;
    throw error;
  }
}

/** The identity of a running process, or undefined when it has ended (a zombie has). */
export function identify(pid) {
  const fields = statFields(pid);
  return fields === undefined || fields[0] === "Z" ? undefined : { pid, startTime: fields[19] };
}

/** Whether exactly this process, and no later one with its pid, still runs. */
export function isRunning(identity) {
  return identity !== undefined && identify(identity.pid)?.startTime === identity.startTime;
}

/** Pids of all processes, this one left out. */
export function otherPids() {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/** Pids in a process group that have not ended. */
export function groupMembers(groupId) {
  return otherPids().filter((pid) => {
    const fields = statFields(pid);
    return fields !== undefined && fields[0] !== "Z" && Number(fields[2]) === groupId;
  });
}

/** Pids of the processes whose parent is `pid`. */
export function childrenOf(pid) {
  return otherPids().filter((other) => Number(statFields(other)?.[1]) === pid);
}

/** Arguments a process was started with; none for one that has ended. */
export function argumentsOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return [];
    throw error;
  }
}

/** Sends a signal to a process (or, with a negative pid, to a group); false when it is gone already. */
export function sendSignal(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error.code === "ESRCH") return false;
    throw error;
  }
}

/** Waits until `done()` holds; false when that took longer than `deadlineMs`. */
export async function waitUntil(done, deadlineMs) {
  const end = performance.now() + deadlineMs;
  while (!done()) {
    if (performance.now() > end) return false;
    await sleep(25);
  }
  return true;
}

/** Ends a whole process group: SIGTERM first, SIGKILL for what is left after `graceMs`. */
export async function endGroup(groupId, graceMs) {
  const gone = () => groupMembers(groupId).length === 0;
  if (gone()) return;
  sendSignal(-groupId, "SIGTERM");
  if (await waitUntil(gone, graceMs)) return;
  sendSignal(-groupId, "SIGKILL");
  await waitUntil(gone, 5_000);
}

/** The environment with the folders of system programs on PATH: `su` without `-` leaves them out. */
export function systemEnvironment(env) {
  return { ...env, PATH: `${env.PATH ?? "/usr/bin:/bin"}:/usr/local/sbin:/usr/sbin:/sbin` };
}

/** Runs one of the system's programs to its end: `{ ok, output, reason }`. */
export function runSystem(command, args, input = "") {
  const done = spawnSync(command, args, { input, encoding: "utf8", env: systemEnvironment(process.env) });
  if (done.error !== undefined) return { ok: false, output: "", reason: done.error.message };
  return { ok: done.status === 0, output: done.stdout, reason: done.stderr.trim() };
}
