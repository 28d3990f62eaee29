import process from "node:process";
import type { MultiBar } from "cli-progress";

/** How often bars are drawn anew. */
const framesPerSecond = 8;

/** Bars on stderr, a terminal, each with a `name` and a `size`; they go when they are stopped. */
export async function openBars(): Promise<MultiBar> {
  const { MultiBar: Bars } = await import("cli-progress");
  return new Bars({
    format: "{name} [{bar}] {percentage}% of {size}, {eta_formatted}",
    stream: process.stderr,
    fps: framesPerSecond,
    clearOnComplete: true,
    hideCursor: true,
    // Signals are the command's own business.
    gracefulExit: false,
  });
}

/** Writes a line on stdout, above the bars. What goes elsewhere than to the bars' terminal is not theirs to place. */
export function printAbove(bars: MultiBar, line: string): void {
  if (process.stdout.isTTY) bars.log(`${line}\n`);
  else printLine(line);
}

/** Writes a line on stdout. */
export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
