// Images on their way through a disk that is small, or becomes full.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, openSync, writeSync } from "node:fs";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { testOnDocker } from "./cases.ts";
import { openPullScene } from "./pull_scene.ts";

/** A disk of that many megabytes, in memory. */
async function openSmallDisk(path: string, megabytes: number): Promise<Disposable & { path: string }> {
  await mkdir(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs", path]);
  return { path, [Symbol.dispose]: () => execFileSync("umount", [path]) };
}

/** Writes until there is no room for another byte. */
function fill(path: string): void {
  const file = openSync(path, "w");
  const piece = new Uint8Array(65_536);
  try {
    for (;;) if (writeSync(file, piece) < piece.byteLength) return;
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
  } finally {
    closeSync(file);
  }
}

testOnDocker(
  "an image that there is no room for is refused before a byte of it comes, with the numbers (J 54)",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    await scene.push(20_000_000);
    using disk = await openSmallDisk(join(scene.state, "disk"), 10);
    await assert.rejects(scene.ensure({}, { state: [disk.path] }), {
      code: "space",
      message:
        /it needs about 21 MB at ".*\/disk\/pulls" \(21 MB packed, about 51 MB unpacked\), where \d+ MB are free$/,
    });
    const layers = scene.upstream.served.filter(({ sentBytes }) => sentBytes > 1_000_000);
    assert.deepEqual(layers, []);
    assert.deepEqual(await readdir(join(disk.path, "pulls")), []);
  },
  { needs: "root" },
);

testOnDocker(
  "a disk that becomes full in the middle costs the daemon nothing, which gets its bytes past it, and is left clean (J 55)",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(20_000_000);
    using disk = await openSmallDisk(join(scene.state, "disk"), 40);
    const filler = join(disk.path, "filler");
    const onProgress = ({ currentBytes = 0 }: { currentBytes?: number }) => {
      if (currentBytes > 0) fill(filler);
    };
    assert.equal((await scene.ensure({}, { state: [disk.path] }, { onProgress })).id, pushed.id);
    assert.ok(existsSync(filler));
    assert.deepEqual(await readdir(join(disk.path, "pulls")), []);
  },
  { needs: "root" },
);

testOnDocker(
  "what old pulls have left makes room for an image before it is looked whether there is any",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(20_000_000);
    using disk = await openSmallDisk(join(scene.state, "disk"), 40);
    const left = join(disk.path, "pulls", "0".repeat(32));
    await mkdir(left, { recursive: true, mode: 0o700 });
    await writeFile(join(left, "bytes"), new Uint8Array(30_000_000));
    const threeDaysAgo = new Date(Date.now() - 3 * 86_400_000);
    for (const path of [join(left, "bytes"), left]) await utimes(path, threeDaysAgo, threeDaysAgo);
    assert.equal((await scene.ensure({}, { state: [disk.path] })).id, pushed.id);
    assert.deepEqual(await readdir(join(disk.path, "pulls")), []);
  },
  { needs: "root" },
);

testOnDocker(
  "a folder on a full disk is named",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    await scene.push(20_000);
    using disk = await openSmallDisk(join(scene.state, "disk"), 1);
    fill(join(disk.path, "filler"));
    const { path } = disk;
    const ensured = scene.ensure({}, { state: [path] });
    await assert.rejects(ensured, { code: "space", message: new RegExp(`no space is left in ${path}: free some`) });
  },
  { needs: "root" },
);

testOnDocker(
  "a disk that becomes full before the first large layer costs the daemon nothing either",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(20_000, 20_000_000);
    using disk = await openSmallDisk(join(scene.state, "disk"), 60);
    const filler = join(disk.path, "filler");
    const onProgress = ({ status }: { status: string }) => {
      if (status === "Downloading" && !existsSync(filler)) fill(filler);
    };
    assert.equal((await scene.ensure({}, { state: [disk.path] }, { onProgress })).id, pushed.id);
    assert.deepEqual(await readdir(join(disk.path, "pulls")), []);
  },
  { needs: "root" },
);
