import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { followFile } from "../../src/runtime/file_follower.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { inTime } from "../fakes/waiting.ts";

const pollIntervalMs = 50;

/** What was read so far, and the end of reading. */
function follow(path: string): { clock: FakeClock; end: () => Promise<void>; text: () => string } {
  const clock = new FakeClock();
  const ended = new AbortController();
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of followFile(path, { clock, ended: ended.signal })) chunks.push(chunk);
  })();
  const end = () => {
    ended.abort(new Error("the writer has ended"));
    return inTime(reading, "the end of the file");
  };
  return { clock, end, text: () => Buffer.concat(chunks).toString("utf8") };
}

/** Files below a folder that this process holds open. */
async function listOpen(folder: string): Promise<string[]> {
  const descriptors = await readdir("/proc/self/fd");
  const places = descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ""));
  return (await Promise.all(places)).filter((place) => place.startsWith(`${folder}/`));
}

test("followFile() gives what is there, then what is added", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "one ");
  const { clock, end, text } = follow(path);
  await clock.scheduled(pollIntervalMs);
  assert.equal(text(), "one ");
  await appendFile(path, "two ");
  clock.advance(pollIntervalMs);
  await clock.scheduled(pollIntervalMs);
  assert.equal(text(), "one two ");
  await appendFile(path, "three");
  await end();
  assert.equal(text(), "one two three");
  assert.deepEqual(clock.delays, []);
});

test("followFile() waits for a file that is not there yet, and ends without it", async () => {
  await using fixture = await openFixture();
  const late = follow(join(fixture.path, "late"));
  const never = follow(join(fixture.path, "never"));
  await late.clock.scheduled(pollIntervalMs);
  await fixture.write("late", "late");
  late.clock.advance(pollIntervalMs);
  await late.clock.scheduled(pollIntervalMs);
  assert.equal(late.text(), "late");
  await late.end();
  await never.clock.scheduled(pollIntervalMs);
  await never.end();
  assert.equal(never.text(), "");
});

test("followFile() gives a file whole that is larger than a chunk, also when it was ended before", async () => {
  await using fixture = await openFixture();
  const content = "0123456789".repeat(20_000);
  const path = await fixture.write("stdout", content);
  const { end, text } = follow(path);
  await end();
  assert.equal(text(), content);
});

/** Puts the file at the path aside, as a rotation does that keeps up to `kept` files, and begins a new one. */
async function rotate(path: string, text: string, kept = 10): Promise<void> {
  const ages = (await readdir(dirname(path))).map((name) => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0));
  for (let age = Math.min(Math.max(...ages), kept - 2); age > 0; age--)
    await rename(`${path}.${age}`, `${path}.${age + 1}`);
  await rename(path, `${path}.1`);
  await writeFile(path, text);
}

/** Lets a follower look once more, and waits until it has. */
async function poll(clock: FakeClock): Promise<void> {
  clock.advance(pollIntervalMs);
  await inTime(clock.scheduled(pollIntervalMs), "a pause");
}

test("followFile() reads a file that was put aside to its end, then the one that took its place", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "one ");
  const { clock, end, text } = follow(path);
  await clock.scheduled(pollIntervalMs);
  await appendFile(path, "two ");
  await rotate(path, "three ");
  await poll(clock);
  assert.equal(text(), "one two three ");
  await appendFile(path, "four ");
  await poll(clock);
  await rotate(path, "five");
  await end();
  assert.equal(text(), "one two three four five");
});

test("followFile() misses no file of several that came between two looks", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "1 ");
  const { clock, end, text } = follow(path);
  await clock.scheduled(pollIntervalMs);
  for (const next of ["2 ", "3 ", "4 "]) await rotate(path, next);
  await poll(clock);
  assert.equal(text(), "1 2 3 4 ");
  for (const next of ["5 ", "6 "]) await rotate(path, next);
  await end();
  assert.equal(text(), "1 2 3 4 5 6 ");
});

test("followFile() begins with the oldest file when it comes late", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "1 ");
  for (const next of ["2 ", "3"]) await rotate(path, next);
  const { end, text } = follow(path);
  await end();
  assert.equal(text(), "1 2 3");
});

test("followFile() goes on with what is left when files were removed before it looked", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "1 ");
  const { clock, end, text } = follow(path);
  await clock.scheduled(pollIntervalMs);
  await appendFile(path, "and ");
  for (const next of ["2 ", "3 ", "4 ", "5 "]) await rotate(path, next, 2);
  await poll(clock);
  assert.equal(text(), "1 and 4 5 ", "the open one is read to its end though it is gone");
  await end();
});

test("followFile() finds the files beyond a number that a rotation under way leaves free", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "1 ");
  const { clock, end, text } = follow(path);
  await clock.scheduled(pollIntervalMs);
  for (const next of ["2 ", "3 "]) await rotate(path, next);
  await rename(`${path}.2`, `${path}.3`);
  await rename(`${path}.1`, `${path}.2`);
  await poll(clock);
  assert.equal(text(), "1 2 3 ");
  await end();
});

test("followFile() stays with its file while none is at the path", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "1 ");
  const { clock, end, text } = follow(path);
  await clock.scheduled(pollIntervalMs);
  await rename(path, `${path}.1`);
  await appendFile(`${path}.1`, "2 ");
  await poll(clock);
  assert.equal(text(), "1 2 ");
  await fixture.write("stdout", "3");
  await end();
  assert.equal(text(), "1 2 3");
});

test("followFile() begins anew with a file that was emptied", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "long enough ");
  const { clock, end, text } = follow(path);
  await clock.scheduled(pollIntervalMs);
  await truncate(path);
  await appendFile(path, "short ");
  await poll(clock);
  assert.equal(text(), "long enough short ");
  await truncate(path);
  await poll(clock);
  await appendFile(path, "again");
  await end();
  assert.equal(text(), "long enough short again");
});

test("followFile() goes on in the folder that a link leads to by then", async () => {
  await using fixture = await openFixture();
  for (const name of ["a", "b"]) await mkdir(join(fixture.path, name));
  await fixture.write("a/stdout", "first ");
  await fixture.write("b/stdout", "second");
  const latest = join(fixture.path, "latest");
  await symlink("a", latest);
  const { clock, end, text } = follow(join(latest, "stdout"));
  await clock.scheduled(pollIntervalMs);
  await rm(latest);
  await symlink("b", latest);
  await end();
  assert.equal(text(), "first second");
});

test("followFile() neither follows a link nor waits for a pipe that was laid among the files", async () => {
  await using fixture = await openFixture();
  await fixture.write("victim", "secret");
  const path = await fixture.write("stdout", "1 ");
  const { clock, end, text } = follow(path);
  await clock.scheduled(pollIntervalMs);
  await rotate(path, "2 ");
  await rotate(path, "3 ");
  await rename(`${path}.2`, `${path}.4`);
  await rename(`${path}.1`, `${path}.3`);
  await symlink("victim", `${path}.1`);
  execFileSync("mkfifo", [`${path}.2`]);
  await poll(clock);
  await end();
  assert.equal(text(), "1 2 3 ");
});

test("followFile() holds one file open at a time", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "1 ");
  const { clock, end } = follow(path);
  await clock.scheduled(pollIntervalMs);
  for (const next of ["2 ", "3 ", "4 "]) {
    await rotate(path, next);
    await poll(clock);
  }
  assert.deepEqual(await listOpen(fixture.path), [path]);
  await end();
  assert.deepEqual(await listOpen(fixture.path), []);
});

test("followFile() throws what opening throws but absence", async () => {
  await using fixture = await openFixture();
  const folder = join(fixture.path, "file", "stdout");
  await chmod(await fixture.write("file", "no folder"), 0o600);
  const { end } = follow(folder);
  await assert.rejects(end(), { code: "ENOTDIR" });
});

test("followFile() closes the file when its reader stops", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "x");
  const options = { clock: new FakeClock(), ended: new AbortController().signal };
  for await (const _chunk of followFile(path, options)) break;
  assert.deepEqual(options.clock.delays, []);
});
