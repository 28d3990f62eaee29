import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { link, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { StandardStream, standardError, standardOutput } from "../../src/runtime/standard_stream.ts";
import { openFixture } from "../fakes/own_runtime.ts";

test("the standard streams are the process' own until they are replaced", () => {
  assert.deepEqual([standardOutput.fd, standardError.fd], [1, 2]);
});

test("StandardStream leads where it was led last, and closes what it was led to before", async () => {
  await using fixture = await openFixture();
  const [own, second, third] = ["1", "2", "3"].map((name) => openSync(join(fixture.path, name), "a"));
  const stream = new StandardStream(own!);
  stream.replace(second!);
  stream.replace(third!);
  stream.close();
  writeSync(stream.fd, "here");
  assert.equal(await readFile(join(fixture.path, "3"), "utf8"), "here");
  assert.throws(() => fstatSync(second!), { code: "EBADF" });
  for (const fd of [own!, third!]) closeSync(fd);
});

for (const [title, links, size] of [
  ["keeps what is in its first file as long as that has a name", "kept", 4],
  ["empties its first file when that has been removed", "none", 0],
] as const) {
  test(`StandardStream ${title}`, async () => {
    await using fixture = await openFixture();
    const path = await fixture.write("stdout", "long");
    const own = openSync(path, "a");
    if (links === "kept") await link(path, join(fixture.path, "stdout.1"));
    const next = openSync(join(fixture.path, "next"), "a");
    const stream = new StandardStream(own);
    await rm(path);
    stream.replace(next);
    assert.equal(fstatSync(own).size, size);
    for (const fd of [own, next]) closeSync(fd);
  });
}
