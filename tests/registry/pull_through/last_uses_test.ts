import assert from "node:assert/strict";
import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openKeptFile } from "../../../registry/layout/kept_file.ts";
import { LastUses } from "../../../registry/pull_through/last_uses.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { layoutFolder } from "../layout/layout_folder.ts";

test("LastUses that could not be written down are written the next time, although nobody has used anything since", async () => {
  await using folder = await layoutFolder();
  const kept = openKeptFile(folder.root, "last-uses.json");
  const path = join(folder.root, "last-uses.json");
  const digest = digestOf(new Uint8Array());
  const troubles: unknown[] = [];
  const uses = await LastUses.open({ kept, now: () => 1000, onTrouble: (error) => troubles.push(error) });
  uses.note("app", digest);
  // A name that a folder has cannot be a file's.
  await mkdir(path);
  await uses.write();
  assert.equal(troubles.length, 1);
  await rmdir(path);
  await uses[Symbol.asyncDispose]();
  assert.equal(troubles.length, 1);
  assert.equal((await LastUses.open({ kept })).when("app", digest), 1000);
});
