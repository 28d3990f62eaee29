import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fetchUris } from "../../../../src/mesos/embedded/container/fetcher.ts";
import { toExecutor } from "../../../../src/mesos/embedded/messages.ts";
import type { CommandInfo } from "../../../../src/mesos/protocol.ts";

type UriInit = { value: string; executable?: boolean; extract?: boolean; outputFile?: string };

function toUris(...uris: UriInit[]): CommandInfo["uris"] {
  return toExecutor({ executorId: { value: "ex" }, command: { value: "run", uris } }).command!.uris;
}

function folder(context: TestContext): { path: string; file: string; sandbox: string } {
  const path = mkdtempSync(join(tmpdir(), "fetch-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  const sandbox = mkdtempSync(join(path, "sandbox-"));
  const file = join(path, "tool");
  writeFileSync(file, "#!/bin/sh\necho tool\n", { mode: 0o600 });
  return { path, file, sandbox };
}

const options = { containerId: "c-1", signal: new AbortController().signal };

test("fetchUris() copies files of this host", async (context) => {
  const { file, sandbox } = folder(context);
  const uris = toUris(
    { value: file },
    { value: `file://${file}`, executable: true, outputFile: "bin/other" },
    { value: ` ${file} `, outputFile: "trimmed" },
  );
  await fetchUris(uris, sandbox, options);
  assert.equal(readFileSync(join(sandbox, "tool"), "utf8"), "#!/bin/sh\necho tool\n");
  assert.equal(statSync(join(sandbox, "tool")).mode & 0o111, 0);
  assert.equal(execFileSync(join(sandbox, "bin/other")).toString(), "tool\n");
  assert.ok(existsSync(join(sandbox, "trimmed")));
});

test("fetchUris() unpacks archives unless it is told not to", async (context) => {
  const { path, sandbox } = folder(context);
  const archive = join(path, "data.tar.gz");
  execFileSync("tar", ["-C", path, "-czf", archive, "tool"]);
  await fetchUris(toUris({ value: archive, extract: false }), sandbox, options);
  assert.equal(existsSync(join(sandbox, "tool")), false);
  await fetchUris(toUris({ value: archive }), sandbox, options);
  assert.ok(existsSync(join(sandbox, "tool")));
  assert.ok(existsSync(join(sandbox, "data.tar.gz")));
});

test("fetchUris() says what could not be had, as the agent begins it", async (context) => {
  const { path, file, sandbox } = folder(context);
  const broken = join(path, "broken.tar");
  const zip = join(path, "a.zip");
  writeFileSync(broken, "no archive");
  writeFileSync(zip, "");
  const refused = async (uri: UriInit, reason: RegExp) => {
    await assert.rejects(fetchUris(toUris(uri), sandbox, options), (error: Error) => {
      assert.ok(error.message.startsWith(`Failed to fetch all URIs for container 'c-1': '${uri.value}': `));
      assert.match(error.message, reason);
      return true;
    });
  };
  await refused({ value: join(path, "none") }, /no such file/i);
  await refused({ value: "http://example.org/x" }, /absolute paths and file:\/\/ alone/);
  await refused({ value: "relative" }, /absolute paths/);
  await refused({ value: file, outputFile: "../out" }, /not inside of the sandbox/);
  await refused({ value: file, outputFile: "/out" }, /not inside of the sandbox/);
  await refused({ value: file, outputFile: "." }, /not inside of the sandbox/);
  await refused({ value: broken }, /tar/);
  await refused({ value: zip }, /tar archives alone; set extract to false/);
});

test("fetchUris() stops between two files when it is told to", async (context) => {
  const { file, sandbox } = folder(context);
  const signal = AbortSignal.abort(new Error("no longer wanted"));
  await assert.rejects(fetchUris(toUris({ value: file }), sandbox, { ...options, signal }), /no longer wanted/);
});

test("fetchUris() has no file open itself that is about to be executed: a fork would keep it busy", async (context) => {
  const { path, sandbox } = folder(context);
  const file = join(path, "large");
  writeFileSync(file, new Uint8Array(200 * 2 ** 20));
  let isDone = false;
  const done = fetchUris(toUris({ value: file, executable: true }), sandbox, options).finally(() => {
    isDone = true;
  });
  const seen = new Set<string>();
  while (!isDone) {
    for (const opened of openFiles()) if (opened.startsWith(sandbox)) seen.add(opened);
    await wait(1);
  }
  await done;
  assert.equal(statSync(join(sandbox, "large")).size, 200 * 2 ** 20);
  assert.deepEqual([...seen], []);
});

/** Paths of what this process has open. */
function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return []; // Closed meanwhile, as that of the listing itself.
    }
  });
}
