import { constants } from "node:os";

/** Statuses above this are 128 + signal, as shells and the daemon report a process that a signal ended. */
const signalBase = 128;

/** `SIGKILL` for 137 and the like; `undefined` when the status names no signal. */
export function toSignalName(exitStatus: number): string | undefined {
  const number = exitStatus - signalBase;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

/** "Container exited with status 137 (SIGKILL)": the stock executor's words, and the signal that they hide. */
export function describeExit(exitStatus: number): string {
  const signal = toSignalName(exitStatus);
  return `Container exited with status ${exitStatus}${signal === undefined ? "" : ` (${signal})`}`;
}
