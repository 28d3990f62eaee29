import type { Registry } from "../registry.ts";
import { type StoreOptions, StoreRegistry } from "../store/store_registry.ts";
import { MemoryStorage } from "./memory_storage.ts";

/** A registry that ends with the process: for tests, and for images that only pass through. */
export function memoryRegistry(options: StoreOptions = {}): Registry {
  return new StoreRegistry(new MemoryStorage(), options);
}
