import assert from "node:assert/strict";
import { closeSync, existsSync, fstatSync, openSync, writeSync } from "node:fs";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { beginAnew, createFile } from "../../../src/executor/output/file_generations.ts";
import { listOpen, openSandbox, readGenerations, type Sandbox } from "./sandbox.ts";

/** A file `stdout` that holds `old`, and a way to put it aside. */
async function openGenerations(sandbox: Sandbox) {
  const directory = openSync(sandbox.path, "r");
  let fd = createFile(directory, "stdout");
  writeSync(fd, "old");
  return {
    /** Begins a new file, and writes `text` into it. */
    begin(maxFiles: number, text = "new"): void {
      const next = beginAnew({ directory, name: "stdout", maxFiles }, fd);
      if (next !== fd) closeSync(fd);
      fd = next;
      writeSync(fd, text);
    },
    status: () => fstatSync(fd),
    [Symbol.dispose](): void {
      closeSync(fd);
      closeSync(directory);
    },
  };
}

test("beginAnew() empties the file when only one is kept", async () => {
  await using sandbox = await openSandbox();
  using file = await openGenerations(sandbox);
  const { ino } = file.status();
  file.begin(1);
  assert.equal(file.status().ino, ino);
  assert.deepEqual(await readGenerations(sandbox.path, "stdout"), ["new"]);
});

test("beginAnew() keeps as many files as it may, and begins with the youngest", async () => {
  await using sandbox = await openSandbox();
  using file = await openGenerations(sandbox);
  for (const text of ["1", "2", "3"]) file.begin(3, text);
  assert.deepEqual(await readGenerations(sandbox.path, "stdout"), ["1", "2", "3"]);
});

test("beginAnew() fills the number of a file that somebody has removed, and removes none in its stead", async () => {
  await using sandbox = await openSandbox();
  using file = await openGenerations(sandbox);
  for (const text of ["1", "2", "3"]) file.begin(4, text);
  await rm(join(sandbox.path, "stdout.2"));
  file.begin(4, "4");
  assert.deepEqual(await readGenerations(sandbox.path, "stdout"), ["old", "2", "3", "4"]);
});

test("beginAnew() makes a new file when the container has removed the current one", async () => {
  await using sandbox = await openSandbox();
  using file = await openGenerations(sandbox);
  await rm(join(sandbox.path, "stdout"));
  file.begin(3);
  assert.deepEqual(await readGenerations(sandbox.path, "stdout"), ["new"]);
});

test("beginAnew() stays in its directory when that is moved and another takes its path", async () => {
  await using sandbox = await openSandbox();
  using file = await openGenerations(sandbox);
  await rename(sandbox.path, join(sandbox.outside, "moved"));
  await mkdir(sandbox.path);
  file.begin(3);
  assert.deepEqual(await readdir(sandbox.path), []);
  assert.deepEqual(await readGenerations(join(sandbox.outside, "moved"), "stdout"), ["old", "new"]);
});

/** What a container may lay, as a link to a file outside or to nothing there. */
for (const name of ["stdout", "stdout.1", "stdout.2", "stdout.3", ".stdout.next"]) {
  for (const target of ["victim", "absent"]) {
    test(`beginAnew() does not follow a link at ${name} to ${target === "victim" ? "a file" : "nothing"}`, async () => {
      await using sandbox = await openSandbox();
      using file = await openGenerations(sandbox);
      file.begin(4, "second");
      await writeFile(join(sandbox.outside, "victim"), "untouched");
      const before = await lstat(join(sandbox.outside, "victim"));
      const path = join(sandbox.path, name);
      await rm(path, { force: true });
      await symlink(join(sandbox.outside, target), path);
      for (const text of ["third", "fourth", "fifth"]) file.begin(4, text);
      assert.equal(await readFile(join(sandbox.outside, "victim"), "utf8"), "untouched");
      const after = await lstat(join(sandbox.outside, "victim"));
      assert.deepEqual([after.uid, after.gid, after.mode], [before.uid, before.gid, before.mode]);
      assert.equal(existsSync(join(sandbox.outside, "absent")), false);
      assert.equal(await readFile(join(sandbox.path, "stdout"), "utf8"), "fifth");
      assert.ok((await lstat(join(sandbox.path, "stdout"))).isFile());
      assert.ok(!(await readdir(sandbox.path)).includes(".stdout.next"));
    });
  }
}

for (const [name, where] of [
  ["stdout.1", "where the file has to go"],
  [".stdout.next", "where the new one is made"],
] as const) {
  test(`beginAnew() throws when a directory is ${where}, and leaves all as it is`, async () => {
    await using sandbox = await openSandbox();
    using file = await openGenerations(sandbox);
    await mkdir(join(sandbox.path, name));
    await writeFile(join(sandbox.path, name, "x"), "");
    const open = await listOpen(sandbox.outside);
    assert.throws(
      () => file.begin(2),
      (error: NodeJS.ErrnoException) => /^E(ISDIR|NOTEMPTY|EXIST|PERM)$/.test(error.code ?? ""),
    );
    assert.equal(await readFile(join(sandbox.path, "stdout"), "utf8"), "old");
    assert.deepEqual((await readdir(sandbox.path)).sort(), [name, "stdout"].sort());
    assert.deepEqual(await listOpen(sandbox.outside), open);
  });
}

test("beginAnew() gives the new file the mode of the old one, but no more than permissions", async () => {
  await using sandbox = await openSandbox();
  using file = await openGenerations(sandbox);
  for (const [given, kept] of [
    [0o640, 0o640],
    [0o4606, 0o606],
  ] as const) {
    await chmod(join(sandbox.path, "stdout"), given);
    file.begin(2);
    assert.equal(file.status().mode & 0o7777, kept);
  }
});

const isRoot = process.getuid?.() === 0;
test(`beginAnew() gives the new file the owner of the old one${isRoot ? "" : " [needs root]"}`, {
  skip: !isRoot,
}, async () => {
  await using sandbox = await openSandbox();
  using file = await openGenerations(sandbox);
  await chown(join(sandbox.path, "stdout"), 1234, 2345);
  file.begin(2);
  const { uid, gid } = await lstat(join(sandbox.path, "stdout"));
  assert.deepEqual([uid, gid], [1234, 2345]);
});

test("createFile() throws when there is something, be it a link to nothing", async () => {
  await using sandbox = await openSandbox();
  const directory = openSync(sandbox.path, "r");
  await symlink(join(sandbox.outside, "absent"), join(sandbox.path, "stdout"));
  assert.throws(() => createFile(directory, "stdout"), { code: "EEXIST" });
  closeSync(directory);
  assert.equal(await readlink(join(sandbox.path, "stdout")), join(sandbox.outside, "absent"));
});
