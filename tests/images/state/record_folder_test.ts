import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openStateFolder } from "../../../src/images/ensure/state_folder.ts";
import type { Lease } from "../../../src/images/leases/lease_schema.ts";
import { createImageState } from "../../../src/images/state/image_state.ts";
import { RecordFolder } from "../../../src/images/state/record_folder.ts";
import { StateError } from "../../../src/images/state/state_error.ts";
import { identifyOwnProcess } from "../../../src/runtime/process_identity.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

function folderIn(path: string, mode?: number): RecordFolder<{ name: string }> {
  return new RecordFolder(join(path, "a", "records"), {
    read: (value) => {
      if (typeof (value as { name?: unknown }).name !== "string") throw new SyntaxError("name is missing");
      return value as { name: string };
    },
    durability: "none",
    ...(mode === undefined ? {} : { mode }),
  });
}

test("records are put, replaced, listed and removed by their keys", async () => {
  await using fixture = await openFixture();
  const folder = folderIn(fixture.path);
  assert.deepEqual(await folder.list(), []);
  assert.equal(await folder.remove("k"), false);
  await folder.put("k", { name: "one" });
  await folder.put("k", { name: "two" });
  await folder.put("../../l", { name: "three" });
  const names = (await folder.list()).map(({ name }) => name);
  assert.deepEqual(names.sort(), ["three", "two"]);
  assert.deepEqual([await folder.get("k"), await folder.get("absent")], [{ name: "two" }, undefined]);
  assert.equal(await folder.remove("k"), true);
  assert.deepEqual(await folder.list(), [{ name: "three" }]);
  assert.deepEqual(await readdir(fixture.path), ["a"]);
});

test("what a loss of power has left of a record that nobody waited for is no record", async () => {
  await using fixture = await openFixture();
  const folder = folderIn(fixture.path);
  await folder.put("k", { name: "one" });
  await writeFile(join(folder.path, `${"0".repeat(40)}.json`), "");
  await writeFile(join(folder.path, `${"1".repeat(40)}.json`), "\0".repeat(20));
  assert.deepEqual(await folder.list(), [{ name: "one" }]);
  const durable = new RecordFolder(folder.path, { read: (value) => value, durability: "full" });
  await assert.rejects(durable.list(), StateError, "of those that were waited for none may be empty");
});

test("a folder of which other users are told has the permissions for that", async () => {
  await using fixture = await openFixture();
  const folder = folderIn(fixture.path, 0o1777);
  await folder.put("k", { name: "one" });
  assert.equal((await stat(folder.path)).mode & 0o7777, 0o1777);
  await folder.put("l", { name: "two" });
});

test("folders that all users of a host share can be entered by all, whatever the umask of who makes them", async () => {
  await using fixture = await openFixture();
  const state = join(fixture.path, "var", "state");
  const umask = process.umask(0o077);
  try {
    assert.equal(await openStateFolder([state]), state);
    const owner = identifyOwnProcess();
    const lease = {
      kind: "use" as const,
      references: ["a"],
      purpose: "a test",
      takenAtMs: 1,
      key: "k",
      owner,
    } satisfies Lease;
    const { leases, arrivals, usagePath } = createImageState(state);
    await leases.put("k", lease);
    await arrivals.put("k", { imageId: "sha256:1", reference: "a", atMs: 1 });
    assert.equal(dirname(usagePath("e")), dirname(leases.path));
    const modes = [join(fixture.path, "var"), state, dirname(leases.path), leases.path, arrivals.path].map(
      async (path) => ((await stat(path)).mode & 0o7777).toString(8),
    );
    assert.deepEqual(await Promise.all(modes), ["755", "755", "755", "1777", "755"]);
    const [file = ""] = await readdir(leases.path);
    assert.equal((await stat(join(leases.path, file))).mode & 0o777, 0o644, "others have to read a lease");
  } finally {
    process.umask(umask);
  }
});

test("a record that makes no sense is an error that names the file, and nothing is made of the others", async () => {
  await using fixture = await openFixture();
  const folder = folderIn(fixture.path);
  await folder.put("k", { name: "one" });
  const path = join(folder.path, "x.json");
  for (const [text, found] of [
    ["{", /Cannot use ".*x\.json": .*; remove the file when it is of no use$/],
    ["{}", /Cannot use ".*x\.json": name is missing; /],
    [`"${"x".repeat(70_000)}"`, /Cannot read ".*x\.json": it has 70002 bytes, expected at most 65536$/],
  ] as const) {
    await writeFile(path, text);
    await assert.rejects(folder.list(), (error) => error instanceof StateError && found.test(error.message));
  }
});

test("what a writer that was killed has left is no record, and goes after a while", async () => {
  await using fixture = await openFixture();
  const folder = folderIn(fixture.path);
  await folder.put("k", { name: "one" });
  const name = `.tmp-${randomUUID()}-${randomUUID()}`;
  const left = join(folder.path, name);
  await writeFile(left, "{");
  assert.deepEqual(await folder.list(), [{ name: "one" }]);
  assert.ok((await readdir(folder.path)).includes(name), "its writer may be alive");
  await utimes(left, 1, 1);
  await folder.list();
  assert.ok(!(await readdir(folder.path)).includes(name));
});

test("a folder that cannot be made or read is an error that names it", async () => {
  await using fixture = await openFixture();
  const folder = folderIn(fixture.path);
  await writeFile(join(fixture.path, "a"), "");
  await assert.rejects(folder.put("k", { name: "one" }), {
    name: "StateError",
    message: /^Cannot write ".*records.*": /,
  });
  await using other = await openFixture();
  const records = folderIn(other.path);
  await records.put("k", { name: "one" });
  const [file = ""] = await readdir(records.path);
  await rm(join(records.path, file));
  await mkdir(join(records.path, file));
  await assert.rejects(records.remove("k"), { name: "StateError", message: /^Cannot remove ".*records\/.*\.json": / });
  await assert.rejects(records.list(), { name: "StateError", message: /^Cannot read ".*records\/.*\.json": / });
  await rm(records.path, { recursive: true });
  await writeFile(join(other.path, "a", "records"), "");
  // A file in a folder's place is no folder with records in it.
  assert.deepEqual(await folderIn(other.path).list(), []);
});

test("a record of a time that no date has is named, and so can be removed", async () => {
  await using fixture = await openFixture();
  const { warm } = createImageState(fixture.path);
  const record = { reference: "a.lab/app:1", imageId: "sha256:1", warmedAtMs: 1 };
  await warm.put("k", { ...record, protectedUntilMs: 8.64e15 });
  assert.equal((await warm.list()).length, 1);
  await warm.put("k", { ...record, protectedUntilMs: 8.65e15 });
  await assert.rejects(warm.list(), { name: "StateError", message: /Cannot use ".*\.json": .*; remove the file when/ });
});
