import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { link, mkdir, mkdtemp, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { measureFolder } from "../../../src/executor/disk/usage.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../temporary_folder.ts";

const none = { except: new Set<string>() };
const kibibyte = 1024;

/** Bytes that a path takes. */
const taken = async (path: string) => (await stat(path)).blocks * 512;

async function openFolder(): Promise<TemporaryFolder> {
  const folder = await openTemporaryFolder();
  await mkdir(folder.at("a", "b"), { recursive: true });
  await writeFile(folder.at("one"), new Uint8Array(100 * kibibyte).fill(1));
  await writeFile(folder.at("a", "b", "two"), new Uint8Array(50 * kibibyte).fill(1));
  return folder;
}

test("measureFolder() counts what files and directories below it take", async () => {
  await using folder = await openFolder();
  const paths = [folder.at("one"), folder.at("a"), folder.at("a", "b"), folder.at("a", "b", "two")];
  const expected = (await Promise.all(paths.map(taken))).reduce((sum, bytes) => sum + bytes, 0);
  assert.ok(expected >= 150 * kibibyte);
  assert.equal(await measureFolder(folder.path, none), expected);
});

test("measureFolder() does not enter what is excepted", async () => {
  await using folder = await openFolder();
  const all = await measureFolder(folder.path, none);
  const inner = (await taken(folder.at("a", "b"))) + (await taken(folder.at("a", "b", "two")));
  assert.equal(await measureFolder(folder.path, { except: new Set([folder.at("a", "b")]) }), all - inner);
});

test("measureFolder() follows no link: neither to a file nor to a directory, nor round and round", async () => {
  await using folder = await openFolder();
  await using other = await openFolder();
  const before = await measureFolder(folder.path, none);
  await symlink(other.at("one"), folder.at("to-file"));
  await symlink(other.path, folder.at("to-directory"));
  await symlink(folder.path, folder.at("to-itself"));
  assert.ok((await measureFolder(folder.path, none)) - before < 50 * kibibyte);
});

test("measureFolder() counts what is written, not what a hole pretends", async () => {
  await using folder = await openFolder();
  const before = await measureFolder(folder.path, none);
  await writeFile(folder.at("sparse"), "");
  await truncate(folder.at("sparse"), 2 ** 30);
  assert.ok((await measureFolder(folder.path, none)) - before < kibibyte * kibibyte);
});

test("measureFolder() counts a file once that has two names", async () => {
  await using folder = await openFolder();
  const before = await measureFolder(folder.path, none);
  await link(folder.at("one"), folder.at("a", "again"));
  assert.equal(await measureFolder(folder.path, none), before);
});

/** Every Linux has one file system in another there. */
const mounted = { outer: "/dev", inner: "/dev/shm" };
const isMounted = statSync(mounted.outer).dev !== statSync(mounted.inner).dev;

test("measureFolder() does not enter other file systems", isMounted ? {} : { skip: "/dev/shm is none" }, async () => {
  const before = await measureFolder(mounted.outer, none);
  const path = await mkdtemp(`${mounted.inner}/mesos-docker-test-`);
  try {
    await writeFile(`${path}/file`, new Uint8Array(100 * kibibyte).fill(1));
    assert.equal(await measureFolder(mounted.outer, none), before);
    assert.ok((await measureFolder(path, none)) >= 100 * kibibyte);
  } finally {
    await rm(path, { recursive: true });
  }
});

test("measureFolder() takes a directory that is not there for an empty one", async () => {
  await using folder = await openFolder();
  assert.equal(await measureFolder(folder.at("absent"), none), 0);
});
