import { writeSync } from "node:fs";
import type { Log, LogFields } from "./log.ts";
import { standardError } from "./standard_stream.ts";

/** Severities, least severe first. */
export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** How lines look: for people, or one JSON object each. */
export type LogFormat = "text" | "json";

/**
 * A log of one line per event on stderr, wherever that leads by then. Written here rather than taken from a library because an executor starts once
 * per task: the smallest library measured costs a third of its whole start-up budget (docs/adr/0007).
 */
export function createLog(options: { level: LogLevel; format: LogFormat; write?: (line: string) => void }): Log {
  const { write = writeToStderr } = options;
  const least = logLevels.indexOf(options.level);
  const format = options.format === "json" ? formatJson : formatText;
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (logLevels.indexOf(level) >= least) write(`${format(level, message, fields)}\n`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Writes a line, or several, to where the process' stderr leads now; never fails. */
export function writeToStderr(line: string): void {
  try {
    writeSync(standardError.fd, line);
  } catch {
    // The disk is full, or the reader of the pipe slow or gone: a log must not end the work that it tells of.
  }
}

function formatJson(level: LogLevel, message: string, fields: LogFields): string {
  return JSON.stringify({ time: new Date().toISOString(), level, message, ...fields });
}

function formatText(level: LogLevel, message: string, fields: LogFields): string {
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${/^[\w./:@-]+$/.test(String(value)) ? value : JSON.stringify(value)}`);
  return `mesos-docker: ${level}: ${message.replaceAll("\n", "\\n")}${facts.join("")}`;
}
