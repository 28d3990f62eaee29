import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { lstat, readdir, readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openSandbox, readGenerations, type Sandbox } from "./sandbox.ts";

/** Where the program's streams lead: to files, or to pipes that are read. */
type Streams = { stdout: string | "pipe"; stderr: string | "pipe"; flags?: string };

const numbers = Array.from({ length: 100 }, (_, index) => `${1000 + index}\n`).join("");

/** Runs rotating_sandbox_program.ts; gives what came out of its pipes. */
async function runIn(sandbox: string, limits: object, streams: Streams, level = "warn"): Promise<[string, string]> {
  const file = fileURLToPath(new URL("rotating_sandbox_program.ts", import.meta.url));
  const words = "deno" in process.versions ? ["run", "-A", "--no-check", "--quiet", file] : [file];
  const targets = [streams.stdout, streams.stderr].map((target) =>
    target === "pipe" ? "pipe" : openSync(target, streams.flags ?? "a"),
  );
  const args = [...words, sandbox, JSON.stringify(limits), level];
  const child = spawn(process.execPath, args, { stdio: ["ignore", ...targets] });
  for (const target of targets) if (typeof target === "number") closeSync(target);
  const read = [child.stdout, child.stderr].map((pipe) => (pipe ? text(pipe) : ""));
  const [code] = await once(child, "close");
  const [stdout = "", stderr = ""] = await Promise.all(read);
  assert.equal(code, 0, stderr);
  return [stdout, stderr];
}

/** The streams of an executor whose agent keeps its output in the sandbox. */
function ownFiles({ path }: Sandbox): Streams {
  return { stdout: join(path, "stdout"), stderr: join(path, "stderr") };
}

test("the sandbox's own files are rotated, and lines of the log are in the current one", async () => {
  await using sandbox = await openSandbox();
  await runIn(sandbox.path, { maxBytes: 100, maxFiles: 20 }, ownFiles(sandbox));
  const [stdout, stderr] = await Promise.all(["stdout", "stderr"].map((name) => readGenerations(sandbox.path, name)));
  assert.equal(stdout?.join(""), `${numbers}again\n`);
  assert.deepEqual(
    stdout?.slice(0, 5).map((file) => file.length),
    [100, 100, 100, 100, 100],
  );
  const said = ["the output has ended", "the end"].map((message) => `mesos-docker: warn: ${message}\n`);
  assert.equal(stderr?.join(""), `${numbers}${said[0]}again\n${said[1]}`);
  assert.ok(stderr?.at(-1)?.endsWith(said[1] ?? ""));
  assert.deepEqual(
    (await readdir(sandbox.path)).filter((name) => !/^std(out|err)(\.\d+)?$/.test(name)),
    [],
  );
});

test("the sandbox's own files are emptied when only one of each is kept", async () => {
  await using sandbox = await openSandbox();
  await runIn(sandbox.path, { maxBytes: 100, maxFiles: 1 }, ownFiles(sandbox));
  assert.deepEqual((await readdir(sandbox.path)).sort(), ["stderr", "stdout"]);
  assert.equal(await readFile(join(sandbox.path, "stdout"), "utf8"), "again\n");
});

test("two files of each are kept when nobody says how many", async () => {
  await using sandbox = await openSandbox();
  await runIn(sandbox.path, { maxBytes: 100 }, ownFiles(sandbox));
  assert.deepEqual((await readdir(sandbox.path)).sort(), ["stderr", "stderr.1", "stdout", "stdout.1"]);
  assert.equal((await readGenerations(sandbox.path, "stdout")).join(""), `${numbers.slice(-100)}again\n`);
});

test("without a size the sandbox's own files are not rotated", async () => {
  await using sandbox = await openSandbox();
  await runIn(sandbox.path, { maxFiles: 1 }, ownFiles(sandbox));
  assert.deepEqual((await readdir(sandbox.path)).sort(), ["stderr", "stdout"]);
  assert.equal(await readFile(join(sandbox.path, "stdout"), "utf8"), `${numbers}again\n`);
});

const elsewhere: Readonly<Record<string, (sandbox: Sandbox) => Promise<Streams>>> = {
  "pipes of a log module": async () => ({ stdout: "pipe", stderr: "pipe" }),
  "files outside the sandbox": async ({ outside }) => ({ stdout: join(outside, "out"), stderr: join(outside, "err") }),
  "files that the sandbox only links to": async ({ path, outside }) => {
    await symlink(join(outside, "out"), join(path, "stdout"));
    await symlink(join(outside, "err"), join(path, "stderr"));
    return { stdout: join(outside, "out"), stderr: join(outside, "err") };
  },
  "files that are not appended to": async ({ path }) => ({
    stdout: join(path, "stdout"),
    stderr: join(path, "stderr"),
    flags: "w",
  }),
};

for (const [title, lay] of Object.entries(elsewhere)) {
  test(`nothing is rotated when the process' streams are ${title}; the log says so once for each output`, async () => {
    await using sandbox = await openSandbox();
    const streams = await lay(sandbox);
    const before = await readdir(sandbox.path);
    const [outPipe, errorPipe] = await runIn(sandbox.path, { maxBytes: 100, maxFiles: 3 }, streams, "info");
    const read = (place: string, piped: string) => (place === "pipe" ? piped : readFile(place, "utf8"));
    assert.equal(await read(streams.stdout, outPipe), `${numbers}again\n`);
    const lines = (await read(streams.stderr, errorPipe)).split("\n");
    const told = lines.filter((line) => /info: output of the container is not limited here/.test(line));
    assert.equal(told.length, 2, "one for each of the program's outputs");
    const own = (await readdir(sandbox.path)).filter((name) => !/^std(out|err)$/.test(name));
    assert.deepEqual(own, []);
    for (const name of before) assert.ok((await lstat(join(sandbox.path, name))).isSymbolicLink());
  });
}

test("a sandbox that cannot be opened limits nothing and stops nothing", async () => {
  await using sandbox = await openSandbox();
  await runIn(join(sandbox.path, "absent"), { maxBytes: 100, maxFiles: 3 }, ownFiles(sandbox));
  assert.equal((await stat(join(sandbox.path, "stdout"))).size, numbers.length + "again\n".length);
  const stderr = await readFile(join(sandbox.path, "stderr"), "utf8");
  assert.match(stderr, /^mesos-docker: warn: output of the container is not limited error=.*ENOENT/m);
});
