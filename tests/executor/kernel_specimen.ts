import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { openTemporaryFolder, type TemporaryFolder } from "./temporary_folder.ts";

/** What a test's kernel shows: content by path, `proc/7/cgroup` and the like. */
export type KernelFilesInit = Readonly<Record<string, string>>;

/** A kernel of one test: files below a directory, in which `@` stands for that directory. */
export interface KernelSpecimen extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  /** The directory that stands for /proc. */
  readonly proc: string;
  write(files: KernelFilesInit): Promise<void>;
}

/** Mounts of a host whose hierarchies are of version 1, each of its own, as Debian's cgroupfs-mount makes them. */
export const mountsV1 = [
  "31 23 0:28 / @/cg rw,relatime - tmpfs tmpfs rw,mode=755",
  ...["cpu", "cpuacct", "memory", "freezer", "blkio", "pids"].map(
    (name, index) => `${32 + index} 31 0:${29 + index} / @/cg/${name} rw,relatime - cgroup cgroup rw,${name}`,
  ),
  "",
].join("\n");

/** The mount of a host with the unified hierarchy alone. */
export const mountsV2 = "31 23 0:28 / @/cg rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

/** Makes a kernel that is removed when it is disposed. */
export async function openKernelSpecimen(files: KernelFilesInit): Promise<KernelSpecimen> {
  const folder = await openTemporaryFolder();
  const write = async (more: KernelFilesInit) => {
    for (const [name, content] of Object.entries(more)) {
      const path = folder.at(name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content.replaceAll("@", folder.path));
    }
  };
  await write(files);
  return { folder, proc: folder.at("proc"), write, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
