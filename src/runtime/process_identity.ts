import process from "node:process";
import { readProcessStart } from "./process_start.ts";
import { type ProcessWorld, readProcessWorld } from "./process_world.ts";

/** A process, so that nobody takes another one for it. */
export interface ProcessIdentity extends ProcessWorld {
  pid: number;
  /** See {@link readProcessStart}: a pid alone is used again. */
  startTime: string;
}

/** What is looked at to tell whether a process is still there; tests put their own in its place. */
export interface ProcessSight {
  world: ProcessWorld;
  /** Start time of the process of that pid now. */
  readStart: (pid: number) => string | undefined;
}

/** Of this process. */
export function readProcessSight(): ProcessSight {
  return { world: readProcessWorld(), readStart: readProcessStart };
}

/** This process. */
export function identifyOwnProcess({ world, readStart }: ProcessSight = readProcessSight()): ProcessIdentity {
  const startTime = readStart(process.pid);
  if (startTime === undefined) throw new Error(`Cannot identify process ${process.pid}: it is not in /proc`);
  return { pid: process.pid, startTime, ...world };
}
