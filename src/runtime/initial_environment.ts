import { Buffer } from "node:buffer";
import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import process from "node:process";

/**
 * Takes a variable out of `process.env`, and its value out of the memory that /proc/PID/environ shows to every process
 * of the same user for as long as this one lives. Throws the system's error when that memory cannot be written.
 */
export function eraseVariable(name: string): void {
  delete process.env[name];
  const memory = openSync("/proc/self/mem", "r+");
  try {
    const { start, end } = findInitialEnvironment();
    const block = Buffer.alloc(end - start);
    readSync(memory, block, 0, block.length, start);
    for (const value of findValues(block, name)) {
      writeSync(memory, Buffer.alloc(value.end - value.start), 0, value.end - value.start, start + value.start);
    }
  } finally {
    closeSync(memory);
  }
}

/** A piece of memory; `end` is the first byte behind it. */
interface Span {
  start: number;
  end: number;
}

/** Where the environment lies that this process was started with: fields 50 and 51 of /proc/self/stat (proc(5)). */
function findInitialEnvironment(): Span {
  const stat = readFileSync("/proc/self/stat", "latin1");
  // The command in parentheses may hold spaces and parentheses: fields are counted from behind the last one.
  const [start, end] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(47, 49)
    .map(Number);
  if (!start || !end || end < start) throw new Error("Cannot read /proc/self/stat: it names no environment");
  return { start, end };
}

/** Values of a variable in a block of `NAME=value` texts, each of which ends with a zero byte. */
function findValues(block: Buffer, name: string): Span[] {
  const found: Span[] = [];
  const prefix = Buffer.from(`${name}=`);
  for (let at = 0; at < block.length; ) {
    const zero = block.indexOf(0, at);
    const end = zero === -1 ? block.length : zero;
    if (block.subarray(at, end).indexOf(prefix) === 0) found.push({ start: at + prefix.length, end });
    at = end + 1;
  }
  return found;
}
