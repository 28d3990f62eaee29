import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { LogLine } from "../recording_log.ts";
import { openSandbox } from "./sandbox.ts";

/** A disk that only the program sees, and that is gone with it. */
const onSmallDisk = ["-m", "sh", "-c", 'mount -t tmpfs -o size=64k none "$0" && exec "$@"'];

const canMount = spawnSync("unshare", [...onSmallDisk, "/mnt", "true"]).status === 0;

test(`a disk that is full loses output and nothing else${canMount ? "" : " [needs to mount a disk]"}`, {
  skip: !canMount,
}, async () => {
  await using sandbox = await openSandbox();
  const file = fileURLToPath(new URL("small_disk_program.ts", import.meta.url));
  const words = "deno" in process.versions ? ["run", "-A", "--no-check", "--quiet", file] : [file];
  const command = [...onSmallDisk, sandbox.path, process.execPath, ...words, sandbox.path];
  const { stdout } = await promisify(execFile)("unshare", command);
  const { lines, kept, written }: { lines: LogLine[]; kept: number[]; written: number } = JSON.parse(stdout);
  assert.deepEqual(
    lines.map(({ message }) => message),
    ["output of the container is being lost", "output of the container was lost"],
  );
  assert.match(String(lines[0]?.fields.error), /ENOSPC|No space left/);
  assert.deepEqual(kept.slice(0, -1), kept.slice(0, -1).fill(20_000), "only full files were put aside");
  const keptBytes = kept.reduce((sum, size) => sum + size);
  assert.equal(keptBytes + Number(lines[1]?.fields.bytes), written);
  assert.ok(keptBytes > 32 * 1024 && keptBytes <= 64 * 1024, `${keptBytes} bytes were kept`);
});
