import { appendFile, open } from "node:fs/promises";
import type { Served } from "../../../registry/mod.ts";
import { messageOf } from "../../notation/thrown.ts";
import type { Log } from "../../runtime/log.ts";
import { writeToStderr } from "../../runtime/log_lines.ts";
import { formatAccessJson, formatAccessText } from "./access_line.ts";

/** Lines that wait for a slow disk; more are left out. */
const mostWaiting = 10_000;

/** A line for each request. Disposing of it writes what waits. */
export interface AccessLog extends AsyncDisposable {
  write(served: Served): void;
}

/** How requests are logged. */
export interface AccessLogOptions {
  readonly format: "text" | "json";
  /** A file that lines are added to; stderr unless given. */
  readonly path?: string;
  /** Told when lines cannot be written. */
  readonly log: Log;
}

/** Rejects with the fault of a file that cannot be written to. */
export async function openAccessLog({ format, path, log }: AccessLogOptions): Promise<AccessLog> {
  const toLine = format === "json" ? formatAccessJson : formatAccessText;
  if (path === undefined) {
    const write = (served: Served) => writeToStderr(`${toLine(served)}\n`);
    return { write, [Symbol.asyncDispose]: async () => undefined };
  }
  try {
    await (await open(path, "a", 0o640)).close();
  } catch (error) {
    throw new Error(`Cannot open access log "${path}": ${messageOf(error)}`, { cause: error });
  }
  const file = new AccessFile(path, log);
  return { write: (served) => file.add(toLine(served)), [Symbol.asyncDispose]: () => file.settle() };
}

/** A file that is opened for each batch of lines, so that whoever rotates it has only to rename it. */
class AccessFile {
  readonly #path: string;
  readonly #log: Log;
  #waiting: string[] = [];
  #leftOut = 0;
  #writing: Promise<void> | undefined;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  add(line: string): void {
    if (this.#waiting.length >= mostWaiting) this.#leftOut++;
    else this.#waiting.push(line);
    this.#writing ??= this.#write();
  }

  async settle(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await appendFile(this.#path, `${lines.join("\n")}\n`, { mode: 0o640 });
      } catch (error) {
        // A log that cannot be written must not end the work that it tells of.
        this.#log.error("cannot write access log", { lines: lines.length, error: messageOf(error) });
      }
      if (this.#leftOut > 0) this.#log.warn("access log is too slow", { linesLeftOut: this.#leftOut });
      this.#leftOut = 0;
    }
    this.#writing = undefined;
  }
}
