import { rm } from "node:fs/promises";
import { findAbandonedFolders, makeMarkedFolder } from "../../runtime/marked_folders.ts";

/** Memory of the host that every Linux has as a file system: secrets never reach a disk, and no boot outlives them. */
const parent = "/dev/shm";

/** Makes a folder that nobody else of this host can enter; rejects with the system's error. */
export async function createSecretFolder(): Promise<string> {
  return await makeMarkedFolder(parent, "secrets");
}

/** Folders whose executor is gone. Those of other pid namespaces are left out: nobody can tell here. */
export async function findAbandonedSecrets(): Promise<string[]> {
  return await findAbandonedFolders(parent, "secrets");
}

/** Takes a folder away, with what is in it. */
export async function removeSecretFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
