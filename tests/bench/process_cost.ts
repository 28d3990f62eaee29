// What another process has cost until now. Runs on Bun alone: neither Node nor Deno's standard modules read its CPU clock.
import { dlopen, ptr } from "bun:ffi";
import { readFileSync } from "node:fs";

const libc = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });

/**
 * CPU time of a process in milliseconds, to the nanosecond: its CPU clock (clock_getcpuclockid(3)), which counts user
 * and system time of all threads, those that have ended too. /proc/PID/stat counts in steps of 10 ms,
 * /proc/PID/task/TID/schedstat forgets threads that have ended.
 */
export function readCpuMs(pid: number): number {
  const schedClock = 2; // CPUCLOCK_SCHED of the kernel's posix-timers_types.h, per process
  const time = new BigInt64Array(2);
  if (libc.symbols.clock_gettime((~pid << 3) | schedClock, ptr(time)) !== 0) {
    throw new Error(`Cannot read the CPU clock of process ${pid}: there is no such process`);
  }
  const [seconds = 0n, nanoseconds = 0n] = time;
  return Number(seconds) * 1e3 + Number(nanoseconds) / 1e6;
}

/** Memory of a process. */
export interface Memory {
  /** All pages that it has mapped and that are in memory (VmRSS), those of the program's own file too. */
  readonly residentMb: number;
  /** The same, with pages that others have mapped too shared out among them (Pss). */
  readonly proportionalMb: number;
}

/** Reads the memory of a process; throws when it has ended. */
export function readMemory(pid: number): Memory {
  return {
    residentMb: readKilobytes(`/proc/${pid}/status`, "VmRSS") / 1024,
    proportionalMb: readKilobytes(`/proc/${pid}/smaps_rollup`, "Pss") / 1024,
  };
}

/** VmRSS alone; undefined when the process has ended. */
export function readResidentMb(pid: number): number | undefined {
  try {
    return readKilobytes(`/proc/${pid}/status`, "VmRSS") / 1024;
  } catch {
    // One that has ended is not there, or there without memory until its parent has looked.
    return undefined;
  }
}

function readKilobytes(file: string, name: string): number {
  const [, found] = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(readFileSync(file, "utf8")) ?? [];
  if (found === undefined) throw new Error(`Cannot read ${name} in "${file}": it is not there`);
  return Number(found);
}
