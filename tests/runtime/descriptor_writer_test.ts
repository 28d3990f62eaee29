import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { writeFully } from "../../src/runtime/descriptor_writer.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";
import { inTime } from "../fakes/waiting.ts";

test("writeFully() appends to a file", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("stdout", "before ");
  const fd = openSync(path, "a");
  await writeFully(fd, Buffer.from("and "));
  await writeFully(fd, new Uint8Array());
  await writeFully(fd, Buffer.from("after"));
  closeSync(fd);
  assert.equal(await readFile(path, "utf8"), "before and after");
});

/** A pipe that nobody reads yet; non-blocking, as a log module may have made it. */
function openPipe(fixture: Fixture): number {
  const path = join(fixture.path, "pipe");
  execFileSync("mkfifo", [path]);
  // For reading too: opening for writing alone fails as long as there is no reader.
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}

function readFrom(fd: number): Uint8Array {
  const buffer = new Uint8Array(64 * 1024);
  return buffer.subarray(0, readSync(fd, buffer));
}

test("writeFully() waits until a full pipe was read from", async () => {
  await using fixture = await openFixture();
  const fd = openPipe(fixture);
  const line = Buffer.alloc(4096, "line\n");
  for (let count = 0; count < 16; count++) await writeFully(fd, line);
  const clock = new FakeClock();
  const writing = writeFully(fd, Buffer.from("last"), { clock });
  for (let attempt = 0; attempt < 3; attempt++) {
    await inTime(clock.scheduled(5), "a wait");
    clock.advance(5);
  }
  await inTime(clock.scheduled(5), "a wait");
  assert.equal(readFrom(fd).length, 64 * 1024);
  clock.advance(5);
  await writing;
  assert.equal(Buffer.from(readFrom(fd)).toString(), "last");
  assert.deepEqual(clock.delays, []);
  closeSync(fd);
});

// Deno's write() to a non-blocking pipe does not tell how much it has written before the pipe was full.
const noCount = "deno" in process.versions;
test("writeFully() goes on where a full pipe has stopped it", { skip: noCount }, async () => {
  await using fixture = await openFixture();
  const fd = openPipe(fixture);
  const bytes = Uint8Array.from({ length: 150_000 }, (_, index) => index % 251);
  const clock = new FakeClock();
  const writing = writeFully(fd, bytes, { clock });
  const read: Uint8Array[] = [];
  for (let time = 0; time < 2; time++) {
    await inTime(clock.scheduled(5), "a wait");
    read.push(readFrom(fd));
    clock.advance(5);
  }
  await writing;
  read.push(readFrom(fd));
  assert.deepEqual(new Uint8Array(Buffer.concat(read)), bytes);
  closeSync(fd);
});

test("writeFully() rejects with the system's error", async () => {
  const full = openSync("/dev/full", "w");
  await assert.rejects(writeFully(full, Buffer.from("x")), { code: "ENOSPC" });
  closeSync(full);
  await assert.rejects(writeFully(full, Buffer.from("x")), { code: "EBADF" });
});
