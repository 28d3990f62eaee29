import type { Log, LogFields } from "../../src/runtime/log.ts";

/** A line of the log. */
export interface LogLine {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that a test reads. */
export class RecordingLog implements Log {
  readonly lines: LogLine[] = [];
  readonly debug = this.#at("debug");
  readonly info = this.#at("info");
  readonly warn = this.#at("warn");
  readonly error = this.#at("error");

  /** Messages of one level. */
  messages(level: keyof Log): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  #at(level: keyof Log): Log[keyof Log] {
    return (message, fields = {}) => this.lines.push({ level, message, fields });
  }
}
