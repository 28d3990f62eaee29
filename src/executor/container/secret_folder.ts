import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { readProcessStart } from "../../runtime/process_start.ts";
import { readProcessWorld } from "../../runtime/process_world.ts";

/** Memory of the host that every Linux has as a file system: secrets never reach a disk, and no boot outlives them. */
const parent = "/dev/shm";

/** Namespace, pid and start time of the executor: whoever finds a folder can tell whether it is still wanted. */
const pattern = /^mesos-docker-secrets-(\d+)-(\d+)-(\d+)-/;

/** Makes a folder that nobody else of this host can enter; rejects with the system's error. */
export async function createSecretFolder(): Promise<string> {
  const owner = `${toNumber(readProcessWorld().pidNamespace)}-${process.pid}-${readProcessStart(process.pid)}`;
  return await mkdtemp(join(parent, `mesos-docker-secrets-${owner}-`));
}

/** Folders whose executor is gone. Those of other pid namespaces are left out: nobody can tell here. */
export async function findAbandonedSecrets(): Promise<string[]> {
  const own = toNumber(readProcessWorld().pidNamespace);
  const names = await readdir(parent);
  return names
    .filter((name) => {
      const [, namespace, pid, start] = pattern.exec(name) ?? [];
      return namespace === own && readProcessStart(Number(pid)) !== start;
    })
    .map((name) => join(parent, name));
}

/** Takes a folder away, with what is in it. */
export async function removeSecretFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

function toNumber(namespace: string): string {
  return namespace.replace(/\D/g, "");
}
