// The programs of a Docker engine, unpacked from the packages of a Debian suite.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runOrThrow } from "../machine/run_quietly.mjs";
import { linkToTree, programFolders } from "./linkage.mjs";
import { PrivateApt } from "./private_apt.mjs";

/** dockerd with what it starts, and the libraries that these may need newer than the machine has them. */
const PACKAGES = ["docker.io", "containerd", "runc", "libc6", "libseccomp2", "libsystemd0", "libcap2"];

/**
 * Sees to it that the engine of a suite lies in `cache`; gives the folders of its programs. What is there of the same
 * packages is kept. `note(text)` hears what a user may want to know. Throws when the packages cannot be had or run.
 */
export async function prepareEngine(suite, { cache, mirror, note }) {
  const folder = join(cache, suite);
  const tree = join(folder, "tree");
  const recordFile = join(folder, "unpacked");
  const apt = new PrivateApt(join(folder, "apt"), suite, mirror);
  await apt.update();
  const names = [...PACKAGES, await nameOfInit(apt)];
  const record = `${tree}\n${await apt.locate(names)}\n`;
  if (!existsSync(recordFile) || readFileSync(recordFile, "utf8") !== record) {
    rmSync(recordFile, { force: true });
    await unpack(apt, names, { folder, tree, note });
    writeFileSync(`${recordFile}.new`, record);
    renameSync(`${recordFile}.new`, recordFile);
  }
  return programFolders(tree);
}

async function unpack(apt, names, { folder, tree, note }) {
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  const scratch = join(folder, "scratch");
  rmSync(scratch, { recursive: true, force: true });
  try {
    const archives = await apt.download(names, join(scratch, "archives"));
    for (const archive of archives) await runOrThrow(`unpack "${archive}"`, "dpkg-deb", ["-x", archive, tree]);
    const linked = await linkToTree(tree, scratch);
    if (linked.length > 0) note(`${linked.join(", ")} cannot run with this machine's libraries and use their own`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** docker-init is a link to a program of another package, whose name differs between suites. */
async function nameOfInit(apt) {
  const names = (await apt.dependencies("docker.io")).flat();
  return names.find((name) => name.startsWith("tini")) ?? "tini";
}
