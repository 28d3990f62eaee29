// Writes to a full disk as the first task of an executor: task_output_test.ts runs it with /dev/full as stdout.
import { openTaskOutput } from "../../../src/executor/output/task_output.ts";
import { createLog } from "../../../src/runtime/log_lines.ts";

const encode = (text: string) => new TextEncoder().encode(text);

await using output = await openTaskOutput(
  { kind: "sandbox", sandbox: "." },
  { log: createLog({ level: "debug", format: "text" }) },
);
for (let line = 0; line < 3; line++) await output.write({ stream: "stdout", bytes: encode("four") });
await output.write({ stream: "stderr", bytes: encode("fine\n") });
