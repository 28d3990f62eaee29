import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openAccessLog } from "../../../src/images/serving/access_log.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { RecordingLog } from "../../executor/recording_log.ts";
import { servedAs } from "./served_specimen.ts";

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), "mesos-docker-access-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test("an access log has all lines in their order when it is disposed of, and adds to what was there", async () => {
  await using folder = await openFolder();
  const path = join(folder.path, "access.log");
  for (const round of [1, 2]) {
    await using log = await openAccessLog({ format: "json", path, log: silentLog });
    for (let at = 0; at < 500; at++) log.write(servedAs({ url: `/v2/?n=${round}${at}` }));
  }
  const lines = (await readFile(path, "utf8")).trim().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).path),
    [1, 2].flatMap((round) => Array.from({ length: 500 }, (_, at) => `/v2/?n=${round}${at}`)),
  );
  assert.equal((await stat(path)).mode & 0o777, 0o640, "it says who does what");
});

test("an access log goes on in a new file when its own has been renamed", async () => {
  await using folder = await openFolder();
  const [path, aside] = ["access.log", "access.log.1"].map((name) => join(folder.path, name)) as [string, string];
  {
    await using log = await openAccessLog({ format: "text", path, log: silentLog });
    log.write(servedAs({ url: "/v2/?n=1" }));
    while ((await readFile(path, "utf8")) === "") await new Promise((resolve) => setTimeout(resolve, 1));
    await rename(path, aside);
    log.write(servedAs({ url: "/v2/?n=2" }));
  }
  assert.match(await readFile(aside, "utf8"), /n=1/);
  assert.match(await readFile(path, "utf8"), /^.*n=2.*\n$/);
});

test("an access log that cannot be opened is an error that names it, and one that fails later is told of", async () => {
  await using folder = await openFolder();
  const missing = join(folder.path, "none", "access.log");
  await assert.rejects(openAccessLog({ format: "text", path: missing, log: silentLog }), {
    message: new RegExp(`^Cannot open access log "${missing}": ENOENT`),
  });
  const path = join(folder.path, "access.log");
  const log = new RecordingLog();
  {
    await using access = await openAccessLog({ format: "text", path, log });
    await rm(path);
    await mkdir(path);
    access.write(servedAs());
  }
  assert.deepEqual(log.messages("error"), ["cannot write access log"]);
});

test("an access log leaves out what a slow disk cannot take, and says how much", async () => {
  await using folder = await openFolder();
  const path = join(folder.path, "access.log");
  const log = new RecordingLog();
  {
    await using access = await openAccessLog({ format: "text", path, log });
    for (let at = 0; at < 10_050; at++) access.write(servedAs());
  }
  // The first is on its way when the others come.
  assert.equal((await readFile(path, "utf8")).trim().split("\n").length, 10_001);
  assert.deepEqual(log.lines[0]?.fields, { linesLeftOut: 49 });
});
