// Writes more than its disk holds, as a further task of an executor: run by small_disk_test.ts on a disk of 64 KiB.
// Argument: the sandbox. Prints what came of it as JSON.
import { join } from "node:path";
import process from "node:process";
import { openTaskOutput } from "../../../src/executor/output/task_output.ts";
import { RecordingLog } from "../recording_log.ts";
import { readGenerations } from "./sandbox.ts";

const sandbox = process.argv[2] ?? "";
const log = new RecordingLog();
const limits = { maxBytes: 20_000, maxFiles: 10 };
const bytes = new Uint8Array(1000).fill(0x61);
const frames = 100;
{
  await using output = await openTaskOutput({ kind: "task", sandbox, taskId: "t1" }, { log, limits });
  for (let frame = 0; frame < frames; frame++) await output.write({ stream: "stdout", bytes });
}
const kept = (await readGenerations(join(sandbox, "tasks", "t1"), "stdout")).map((text) => text.length);
console.log(JSON.stringify({ lines: log.lines, kept, written: bytes.length * frames }));
