import assert from "node:assert/strict";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openFolderSink } from "../../../registry/archive/folder_sink.ts";
import { openOciWriter } from "../../../registry/archive/oci_writer.ts";
import { pieces, randomBlob } from "../conformance/specimens.ts";
import { archiveFolder } from "./tars.ts";

test("a folder that was made for a layout goes when nothing has come into it, and no other one does", async () => {
  await using folder = await archiveFolder();
  const layout = join(folder.path, "new", "images", "layout");
  const blob = randomBlob(100);
  const push = async (bytes: Uint8Array) => {
    await using sink = await openFolderSink(layout);
    const { registry } = await openOciWriter(sink);
    await registry.pushBlob("image", blob.descriptor, pieces(bytes));
  };
  await assert.rejects(push(randomBlob(100).bytes), { code: "CORRUPT" });
  assert.deepEqual(await readdir(folder.path), []);
  await mkdir(layout, { recursive: true });
  await assert.rejects(push(randomBlob(100).bytes), { code: "CORRUPT" });
  assert.ok((await readdir(join(folder.path, "new", "images"))).includes("layout"), "a folder that was there");
  await rm(join(folder.path, "new", "images"), { recursive: true });
  await push(blob.bytes);
  assert.equal((await readdir(join(layout, "blobs/sha256"))).length, 1, "a copy that breaks off is gone on with");
});
