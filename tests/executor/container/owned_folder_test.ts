import assert from "node:assert/strict";
import { chown, lstat, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import { makeOwnedFolder } from "../../../src/executor/container/owned_folder.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../temporary_folder.ts";

/** Only root gives directories to others. */
const asRoot = process.getuid?.() === 0 ? {} : { skip: "needs root" };

async function openSandbox(): Promise<TemporaryFolder> {
  const folder = await openTemporaryFolder();
  await mkdir(folder.at("sandbox"));
  await mkdir(folder.at("outside"));
  return folder;
}

test("makeOwnedFolder() makes every directory on the way", async () => {
  await using folder = await openSandbox();
  await makeOwnedFolder(folder.at("sandbox"), folder.at("sandbox", "a", "b", "c"));
  assert.ok((await lstat(folder.at("sandbox", "a", "b", "c"))).isDirectory());
});

test("makeOwnedFolder() gives what it makes to the sandbox' owner, and leaves what was there", asRoot, async () => {
  await using folder = await openSandbox();
  await mkdir(folder.at("sandbox", "a"));
  await chown(folder.at("sandbox"), 1234, 4321);
  await makeOwnedFolder(folder.at("sandbox"), folder.at("sandbox", "a", "b", "c"));
  const owners = await Promise.all(
    [["a"], ["a", "b"], ["a", "b", "c"]].map(async (names) => {
      const { uid, gid } = await lstat(folder.at("sandbox", ...names));
      return [uid, gid];
    }),
  );
  assert.deepEqual(owners, [
    [0, 0],
    [1234, 4321],
    [1234, 4321],
  ]);
});

test("makeOwnedFolder() has nothing to do for what is there, be it a file or the sandbox itself", async () => {
  await using folder = await openSandbox();
  await writeFile(folder.at("sandbox", "file"), "x");
  await makeOwnedFolder(folder.at("sandbox"), folder.at("sandbox", "file"));
  await makeOwnedFolder(folder.at("sandbox"), folder.at("sandbox"));
  assert.deepEqual(await readdir(folder.at("sandbox")), ["file"]);
});

test("makeOwnedFolder() works in a sandbox that is reached by a link", async () => {
  await using folder = await openSandbox();
  await symlink(folder.at("sandbox"), folder.at("alias"));
  await makeOwnedFolder(folder.at("alias"), folder.at("alias", "a"));
  assert.deepEqual(await readdir(folder.at("sandbox")), ["a"]);
});

test("makeOwnedFolder() follows a link that stays in the sandbox", async () => {
  await using folder = await openSandbox();
  await mkdir(folder.at("sandbox", "real"));
  await symlink("real", folder.at("sandbox", "link"));
  await makeOwnedFolder(folder.at("sandbox"), folder.at("sandbox", "link", "a"));
  assert.deepEqual(await readdir(folder.at("sandbox", "real")), ["a"]);
});

const hostile: readonly { title: string; to: string; path: string[] }[] = [
  { title: "out of the sandbox", to: "../outside", path: ["link", "a"] },
  { title: "out of the sandbox, itself the wanted one", to: "../outside", path: ["link"] },
  { title: "to a directory above", to: "..", path: ["link", "hostile"] },
  { title: "to nothing", to: "../outside/absent", path: ["link", "a"] },
  { title: "to itself", to: "link", path: ["link", "a"] },
];

for (const { title, to, path } of hostile) {
  test(`makeOwnedFolder() makes nothing through a link that leads ${title}`, async () => {
    await using folder = await openSandbox();
    await symlink(to, folder.at("sandbox", "link"));
    const wanted = folder.at("sandbox", ...path);
    await assert.rejects(makeOwnedFolder(folder.at("sandbox"), wanted), (error) => {
      assert.ok(error instanceof Error);
      assert.deepEqual([error.name, (error as { code?: string }).code], ["TaskError", "launch"]);
      assert.ok(error.message.startsWith(`Cannot make "${wanted}" in the sandbox: `), error.message);
      return true;
    });
    assert.deepEqual(await readdir(folder.at("outside")), []);
    await assert.rejects(lstat(folder.at("hostile")), { code: "ENOENT" });
  });
}

test("makeOwnedFolder() makes nothing below a file", async () => {
  await using folder = await openSandbox();
  await writeFile(folder.at("sandbox", "file"), "x");
  await assert.rejects(makeOwnedFolder(folder.at("sandbox"), folder.at("sandbox", "file", "a")), { code: "launch" });
});
