import assert from "node:assert/strict";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { WarmFile } from "../../../src/images/warm/warm_file.ts";
import { RecordingLog } from "../../executor/recording_log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

test("WarmFile takes a change over, and keeps to what was said while the file is broken or gone", async () => {
  await using fixture = await openFixture();
  const path = join(fixture.path, "warm.yaml");
  const log = new RecordingLog();
  const write = async (text: string) => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  await write("images: [{ image: a }]");
  const file = await WarmFile.open(path, log);
  const names = () => file.set.images.map(({ reference }) => reference);
  assert.equal(await file.look(), false);
  await write("images: [{ image: b }]");
  assert.equal(await file.look(), true);
  assert.deepEqual(names(), ["b"]);
  await write("images: soon");
  assert.deepEqual([await file.look(), await file.look()], [false, false]);
  await rm(path);
  assert.equal(await file.look(), false);
  assert.deepEqual(names(), ["b"]);
  const complaints = log.messages("error");
  assert.equal(complaints.length, 2, "once for each state");
  assert.match(
    complaints[0] ?? "",
    /"images" is "soon", expected a list of images; what it said before goes on to hold/,
  );
  assert.match(complaints[1] ?? "", /ENOENT/);
  await write("images: []");
  assert.equal(await file.look(), true);
});

test("WarmFile refuses a file that is not there, and one that is too large", async () => {
  await using fixture = await openFixture();
  const path = join(fixture.path, "warm.yaml");
  const open = () => WarmFile.open(path, new RecordingLog());
  await assert.rejects(open, { name: "WarmFileError", message: /^Cannot use ".*warm.yaml": .*ENOENT/ });
  await writeFile(path, " ".repeat(4 * 1024 * 1024 + 1));
  await assert.rejects(open, { name: "WarmFileError", message: /expected at most 4194304/ });
});
