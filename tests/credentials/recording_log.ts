import type { Log } from "../../src/runtime/log.ts";

/** A log that keeps its warnings, and takes anything else for a mistake. */
export function recordWarnings(): { log: Log; warnings: string[] } {
  const warnings: string[] = [];
  const refuse = (message: string) => {
    throw new Error(`Cannot log "${message}": only warnings were expected`);
  };
  return { log: { debug: refuse, info: refuse, warn: (message) => warnings.push(message), error: refuse }, warnings };
}
