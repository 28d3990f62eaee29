import { mkdtemp, readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { readProcessStart } from "./process_start.ts";
import { readProcessWorld } from "./process_world.ts";

/**
 * How the name of a folder of this process begins: what it is for, and namespace, pid and start time of the process, so that
 * whoever finds it can tell whether it is still wanted.
 */
export function folderMark(purpose: string): string {
  return `mesos-docker-${purpose}-${ownNamespace()}-${process.pid}-${readProcessStart(process.pid)}-`;
}

/** Makes a folder in `parent` that nobody else of this host can enter; rejects with the system's error. */
export async function makeMarkedFolder(parent: string, purpose: string): Promise<string> {
  return await mkdtemp(join(parent, folderMark(purpose)));
}

/** Those in `parent` whose process is gone. Of other namespaces of pids nobody can tell here: they are left out. */
export async function findAbandonedFolders(parent: string, purpose: string): Promise<string[]> {
  const pattern = new RegExp(`^mesos-docker-${purpose}-(\\d+)-(\\d+)-(\\d+)-`);
  const own = ownNamespace();
  const names = await readdir(parent);
  return names
    .filter((name) => {
      const [, namespace, pid, start] = pattern.exec(name) ?? [];
      return namespace === own && readProcessStart(Number(pid)) !== start;
    })
    .map((name) => join(parent, name));
}

function ownNamespace(): string {
  return readProcessWorld().pidNamespace.replace(/\D/g, "");
}
