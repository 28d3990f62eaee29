import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openUnpackingPlace } from "../../../src/images/bundle/unpacking_place.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { archiveFolder } from "../../registry/archive/tars.ts";
import { beginFile, leaveOver } from "../../registry/layout/left_over.ts";

test("a place for what is unpacked goes with its scope, and leaves those of living processes alone", async () => {
  await using folder = await archiveFolder();
  await using first = await openUnpackingPlace([folder.path], systemClock);
  await writeFile(join(first.path, "layer"), "1");
  {
    await using second = await openUnpackingPlace([folder.path], systemClock);
    await writeFile(join(second.path, "layer"), "2");
    assert.deepEqual(await readdir(first.path), ["layer"]);
    assert.notEqual(second.path, first.path);
  }
  const left = await readdir(join(folder.path, "unpacking"));
  assert.deepEqual(left.map((name) => join(folder.path, "unpacking", name)).sort(), [first.path, `${first.path}.lock`]);
});

test("what a process that was killed has left goes with the next one", async () => {
  await using folder = await archiveFolder();
  const parent = join(folder.path, "unpacking");
  await mkdir(join(parent, "gone"), { recursive: true });
  await writeFile(join(parent, "gone", "layer"), "1");
  const holder = { pid: 2 ** 22 + 1, startTime: "1", bootId: "another", pidNamespace: "1" };
  await writeFile(join(parent, "gone.lock"), JSON.stringify(holder));
  {
    await using _place = await openUnpackingPlace([folder.path], systemClock);
  }
  assert.deepEqual(await readdir(parent), []);
});

test("a lock that another process is about to take stays, and what a killed one has left of its own goes", async () => {
  await using folder = await archiveFolder();
  const parent = join(folder.path, "unpacking");
  await mkdir(parent);
  const begun = await beginFile(parent);
  await leaveOver(parent);
  {
    await using _place = await openUnpackingPlace([folder.path], systemClock);
  }
  assert.deepEqual(await readdir(parent), [begun]);
});
