// Writes as the first task of an executor does: run by task_output_test.ts, which reads what comes out.
import { openTaskOutput } from "../../../src/executor/output/task_output.ts";
import { silentLog } from "../../../src/runtime/log.ts";

const encode = (text: string) => new TextEncoder().encode(text);

{
  await using output = await openTaskOutput({ kind: "sandbox", sandbox: "." }, { log: silentLog });
  for (let line = 0; line < 1000; line++) {
    await output.write({ stream: line % 2 === 0 ? "stdout" : "stderr", bytes: encode(`${line}\n`) });
  }
  await output.write({ stream: "stdout", bytes: new Uint8Array(0) });
}
// Disposing of the output has not closed the process' own stdout.
await (await openTaskOutput({ kind: "sandbox", sandbox: "." }, { log: silentLog })).write({
  stream: "stdout",
  bytes: encode("end\n"),
});
