import { readFileSync, readlinkSync } from "node:fs";

/** Where pids of this process mean something: pid and start time name a process only within both. */
export interface ProcessWorld {
  /** Of the running kernel: another one after every boot, and on every other host. */
  bootId: string;
  /** As `/proc/self/ns/pid` says it, e.g. `pid:[4026531836]`. */
  pidNamespace: string;
}

let own: ProcessWorld | undefined;

/** The world of this process, which it is in for as long as it lives. */
export function readProcessWorld(): ProcessWorld {
  own ??= {
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim(),
    pidNamespace: readlinkSync("/proc/self/ns/pid"),
  };
  return own;
}
