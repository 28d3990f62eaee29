// The programs of a Docker engine, unpacked from the packages of a Debian suite.
import { join } from "node:path";
import { programFolders } from "./linkage.mjs";
import { ensureTree } from "./package_tree.mjs";
import { PrivateApt } from "./private_apt.mjs";

/** dockerd with what it starts, and the libraries that these may need newer than the machine has them. */
const PACKAGES = ["docker.io", "containerd", "runc", "libc6", "libseccomp2", "libsystemd0", "libcap2"];

const PROGRAMS = /^(dockerd|docker-proxy|containerd|containerd-shim-runc-v2|runc)$/;

/**
 * Sees to it that the engine of a suite lies in `cache`; gives the folders of its programs. What is there of the same
 * packages is kept. `note(text)` hears what a user may want to know. Throws when the packages cannot be had or run.
 */
export async function prepareEngine(suite, { cache, mirror, note }) {
  const folder = join(cache, suite);
  const apt = new PrivateApt(join(folder, "apt"), suite, mirror);
  await apt.update();
  const names = [...PACKAGES, await nameOfInit(apt)];
  const packages = { locate: () => apt.locate(names), download: (place) => apt.download(names, place) };
  return programFolders(await ensureTree(packages, { folder, programs: PROGRAMS, note }));
}

/** docker-init is a link to a program of another package, whose name differs between suites. */
async function nameOfInit(apt) {
  const names = (await apt.dependencies("docker.io")).flat();
  return names.find((name) => name.startsWith("tini")) ?? "tini";
}
