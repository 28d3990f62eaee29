import assert from "node:assert/strict";
import { mkdir, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openKeptFile } from "../../../registry/layout/kept_file.ts";
import { layoutFolder } from "./layout_folder.ts";

test("a kept file is read as it was written, and is none before", async () => {
  await using folder = await layoutFolder();
  const open = () => openKeptFile(folder.root, "kept.json");
  assert.equal(await open().read(), undefined);
  await open().write("one");
  await open().write("two");
  assert.equal(await open().read(), "two");
});

test("a kept file that cannot be read or written is told by its path, and leaves nothing beside it", async () => {
  await using folder = await layoutFolder();
  const path = join(folder.root, "kept.json");
  // A name that a folder has cannot be a file's.
  await mkdir(path);
  const kept = openKeptFile(folder.root, "kept.json");
  await assert.rejects(kept.read(), (error: Error) => error.message.startsWith(`Cannot read "${path}": EISDIR`));
  await assert.rejects(kept.write("one"), (error: Error) => error.message.startsWith(`Cannot write "${path}": E`));
  assert.deepEqual(await readdir(folder.root), ["kept.json"]);
  await rmdir(path);
  await kept.write("one");
  assert.equal(await kept.read(), "one");
});
