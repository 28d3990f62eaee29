// Packages of a Debian suite, unpacked beside the machine's own, with programs that can run there.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runOrThrow } from "../machine/run_quietly.mjs";
import { linkToTree } from "./linkage.mjs";

/**
 * Sees to it that packages lie unpacked in `folder`; gives their tree. What is there of the same packages is kept.
 * `packages` has `locate()`, a text that changes when they do, and `download(folder)`. `programs` is an expression for the
 * names of programs that have to run; `note(text)` hears what a user may want to know.
 */
export async function ensureTree(packages, { folder, programs, note }) {
  const tree = join(folder, "tree");
  const recordFile = join(folder, "unpacked");
  const record = `${tree}\n${await packages.locate()}\n`;
  if (existsSync(recordFile) && readFileSync(recordFile, "utf8") === record) return tree;
  rmSync(recordFile, { force: true });
  const scratch = join(folder, "scratch");
  for (const place of [tree, scratch]) rmSync(place, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  try {
    const archives = await packages.download(join(scratch, "archives"));
    for (const archive of archives) await runOrThrow(`unpack "${archive}"`, "dpkg-deb", ["-x", archive, tree]);
    const linked = await linkToTree(tree, { scratch, programs });
    if (linked.length > 0) note(`${linked.join(", ")} cannot run with this machine's libraries and use their own`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  writeFileSync(`${recordFile}.new`, record);
  renameSync(`${recordFile}.new`, recordFile);
  return tree;
}
