// Writes as the first task of an executor does, with limits: run by sandbox_rotation_test.ts in a sandbox.
// Arguments: the sandbox, the limits as JSON, and the level of the log.
import process from "node:process";
import { openTaskOutput } from "../../../src/executor/output/task_output.ts";
import { createLog, type LogLevel } from "../../../src/runtime/log_lines.ts";

const [sandbox = "", limits = "{}", level = "warn"] = process.argv.slice(2);
const encode = (text: string) => new TextEncoder().encode(text);
const log = createLog({ level: level as LogLevel, format: "text" });

{
  await using output = await openTaskOutput({ kind: "sandbox", sandbox }, { log, limits: JSON.parse(limits) });
  for (let line = 1000; line < 1100; line++) {
    for (const stream of ["stdout", "stderr"] as const) await output.write({ stream, bytes: encode(`${line}\n`) });
  }
}
log.warn("the output has ended");
{
  // As if a second one had to be opened: it goes on where the first has led the process' streams.
  await using output = await openTaskOutput({ kind: "sandbox", sandbox }, { log, limits: JSON.parse(limits) });
  for (const stream of ["stdout", "stderr"] as const) await output.write({ stream, bytes: encode("again\n") });
}
log.warn("the end");
