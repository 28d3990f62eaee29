import { stat } from "node:fs/promises";
import { join } from "node:path";
import { orUndefined } from "../../../registry/layout/durable_file.ts";
import type { ImageStore } from "../../docker/mod.ts";
import { messageOf } from "../../notation/thrown.ts";
import { StateError } from "../state/state_error.ts";
import { type ReadDisk, readDisk } from "./disk.ts";

/** Where a containerd of the machine's own keeps images, unless its configuration says otherwise; it cannot be asked. */
const containerdRoot = "/var/lib/containerd";

/** The folder of a daemon's images. A containerd that the daemon has started itself keeps them in the daemon's folder. */
export async function findImageFolder(dataRoot: string, store: ImageStore): Promise<string> {
  if (store === "graph" || (await isThere(join(dataRoot, "containerd", "daemon")))) return dataRoot;
  return (await isThere(containerdRoot)) ? containerdRoot : dataRoot;
}

/** The disk that a folder is on; looked at once, so that one that cannot be is told of at once. */
export async function openDisk(folder: string): Promise<ReadDisk> {
  const read = async () => {
    try {
      const found = await stat(folder);
      if (!found.isDirectory()) throw new Error("found no folder");
      return await readDisk(folder);
    } catch (cause) {
      const found = messageOf(cause);
      throw new StateError(`Cannot look at the disk of "${folder}": ${found}; --data-root names another folder`, {
        cause,
      });
    }
  };
  await read();
  return read;
}

async function isThere(path: string): Promise<boolean> {
  return (await orUndefined(stat(path))) !== undefined;
}
