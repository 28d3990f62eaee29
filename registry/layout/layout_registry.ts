import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { RegistryError } from "../registry_error.ts";
import { type StoreOptions, StoreRegistry } from "../store/store_registry.ts";
import { type Durability, orUndefined, writeDurably } from "./durable_file.ts";
import { lockFolder } from "./folder_lock.ts";
import { LayoutStorage } from "./layout_storage.ts";

/** How images are kept on disk. */
export interface LayoutOptions extends StoreOptions {
  /** By default `full`: what a client was told is stored survives a loss of power. */
  readonly durability?: Durability;
}

/** A registry on disk. Disposing of it lets another process open the folder. */
export interface LayoutRegistry extends StoreRegistry, AsyncDisposable {}

const markerName = "mesos-docker-registry.json";
const marker = { kind: "mesos-docker registry", version: 1 };

/**
 * Opens a folder of images, and makes it when it is not there; one process at a time. Each repository in it is an OCI
 * image layout that other tools can read. UNAVAILABLE when another process has it, UNSUPPORTED when it is something else.
 */
export async function openLayoutRegistry(root: string, options: LayoutOptions = {}): Promise<LayoutRegistry> {
  const { durability = "full", ...store } = options;
  await mkdir(join(root, "repositories"), { recursive: true }).catch((cause: Error) => {
    throw new Error(`Cannot open store "${root}": ${cause.message}`, { cause });
  });
  const lock = await lockFolder(root);
  try {
    await assertOurs(root, durability);
    const registry = new StoreRegistry(new LayoutStorage(root, durability), store);
    return Object.assign(registry, { [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose]() });
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function assertOurs(root: string, durability: Durability): Promise<void> {
  const path = join(root, markerName);
  const text = await orUndefined(readFile(path, "utf8"));
  if (text === undefined) return await writeDurably(path, `${JSON.stringify(marker)}\n`, durability);
  if (text.trim() === JSON.stringify(marker)) return;
  throw new RegistryError("UNSUPPORTED", `Cannot open registry "${root}": "${markerName}" names another format`);
}
