import process from "node:process";
import { writeToStderr } from "../runtime/log_lines.ts";
import { exitCodes } from "./exit_code.ts";

/** As of a process that SIGPIPE has ended. */
const nobodyReads = 128 + 13;

/**
 * From now on this process ends when its output cannot be written: silently when nobody reads it any more, and with a word when the
 * disk is full that it goes to. What stderr does not take is lost.
 */
export function endWithOutput(): void {
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(nobodyReads);
    writeToStderr(`mesos-docker: Cannot write to standard output: ${message}\n`);
    process.exit(exitCodes.failed);
  });
  process.stderr.on("error", () => undefined);
}
