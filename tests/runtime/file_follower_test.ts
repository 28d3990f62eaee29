import assert from "node:assert/strict";
import { appendFile, chmod } from "node:fs/promises";
import { join } from "node:path";
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
