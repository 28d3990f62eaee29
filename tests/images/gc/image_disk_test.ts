import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openDisk } from "../../../src/images/gc/image_disk.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

test("openDisk() reads the disk of a folder, and refuses what is none", async () => {
  await using folder = await openFixture();
  const file = await folder.write("file", "x");
  const read = await openDisk(folder.path);
  assert.ok((await read()).totalBytes > 0);
  const refused = (path: string, found: string) =>
    assert.rejects(openDisk(path), { message: `Cannot look at the disk of "${path}": ${found}` });
  await refused(file, "found no folder; --data-root names another folder");
  await assert.rejects(openDisk(join(folder.path, "gone")), {
    message: /: ENOENT.*; --data-root names another folder$/,
  });
});
