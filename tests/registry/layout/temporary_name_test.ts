import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { basename } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findWriter, temporaryPath } from "../../../registry/layout/temporary_name.ts";

/** Pids of its own, and the /proc of those who have others. */
const amongOtherPids = ["--pid", "--fork"];

const canLeave = spawnSync("unshare", [...amongOtherPids, "true"]).status === 0;

test(`temporaryPath() names nobody where /proc tells of other processes than ours${canLeave ? "" : " [needs a namespace of pids]"}`, {
  skip: !canLeave,
}, async () => {
  const file = fileURLToPath(new URL("../../../registry/layout/temporary_name.ts", import.meta.url));
  const program = `const { temporaryPath } = await import(${JSON.stringify(file)}); console.log(temporaryPath("").trim())`;
  const words = "deno" in process.versions ? ["eval", "--no-check", program] : ["-e", program];
  const { stdout } = await promisify(execFile)("unshare", [...amongOtherPids, process.execPath, ...words]);
  assert.match(stdout.trim(), /^\.tmp-[0-9a-f]{8}-/);
  assert.equal(findWriter(stdout.trim()), "unknown");
});

test("findWriter() knows this process, and no name that is not ours", () => {
  const own = basename(temporaryPath(""));
  assert.equal(findWriter(own), "there");
  for (const name of [".tmp-notes", `${own}.txt`, `x${own}`]) assert.equal(findWriter(name), undefined);
});
