import { TaskError } from "../../task/task_error.ts";
import { splitWords } from "./words.ts";

/** What Chronos says to an executor of a job. */
export interface ChronosData {
  /** Words of the job's `executorFlags`, which are meant for the executor's command line. */
  words: readonly string[];
  /** A line for /bin/sh; absent when the job has none. */
  command?: string;
}

/**
 * Reads `<executorFlags>|<command>` (contract D.7), undefined when there is no `|`. The first one separates: a command
 * may hold pipes. Throws {@link TaskError} `invalid` when the flags cannot be split into words.
 */
export function readChronosData(text: string): ChronosData | undefined {
  const bar = text.indexOf("|");
  if (bar < 0) return undefined;
  const command = text.slice(bar + 1);
  return { words: splitFlags(text.slice(0, bar)), ...(command.trim() === "" ? {} : { command }) };
}

function splitFlags(flags: string): string[] {
  try {
    return splitWords(flags);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new TaskError("invalid", `Cannot use TaskInfo.data: in the flags before "|", ${cause.message}`, { cause });
  }
}
