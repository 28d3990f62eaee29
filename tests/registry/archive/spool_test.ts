import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openArchive } from "../../../registry/archive/archive_file.ts";
import { openSpool } from "../../../registry/archive/spool.ts";
import { gzip } from "../../../registry/zlib_stream.ts";
import { collect, pieces } from "../conformance/specimens.ts";
import { archiveFolder } from "./tars.ts";

/** A disk of eight megabytes, in memory. */
async function openSmallDisk(path: string): Promise<Disposable> {
  await mkdir(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", path]);
  return { [Symbol.dispose]: () => void execFileSync("umount", [path]) };
}

const title = "a packed archive that does not fit is given up before the disk is full, and leaves nothing";
const isRoot = process.getuid?.() === 0;
test(isRoot ? title : `${title} (skipped: needs root)`, { skip: !isRoot }, async () => {
  await using folder = await archiveFolder();
  const disk = join(folder.path, "disk");
  using _disk = await openSmallDisk(disk);
  const packed = await collect(gzip(pieces(new Uint8Array(9_000_000)), "fast"));
  const path = await folder.write("a.tgz", packed);
  await using spool = openSpool(disk);
  await assert.rejects(openArchive(path, { place: path, spool }), {
    message:
      /^Cannot keep temporary files in ".*\/disk\/mesos-docker-.*": 0\.\d MB are free, of which 0\.4 MB are left to others$/,
  });
  const [mark = ""] = await readdir(disk);
  assert.deepEqual(await readdir(join(disk, mark)), []);
  const large = await folder.write("b.tgz", Buffer.concat([packed, new Uint8Array(9_000_000)]));
  await assert.rejects(openArchive(large, { place: large, spool }), {
    message: /: 8\.\d MB are free, of which 0\.4 MB are/,
  });
  const { blocks, bavail } = await statfs(disk);
  assert.ok(bavail > blocks / 2);
  await using kept = await spool.keep(pieces(new Uint8Array(7_000_000)));
  assert.equal(kept.size, 7_000_000);
});
