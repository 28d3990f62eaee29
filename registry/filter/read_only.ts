import { delegatedRegistry } from "../delegated_registry.ts";
import type { Registry } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";

/**
 * A registry that is read and listed, and never written: each write and each deletion is DENIED. What a cache behind it
 * pulls through is stored all the same, because the cache writes to its own store.
 */
export function readOnly(registry: Registry): Registry {
  const refuse =
    (call: string) =>
    async (repository: string): Promise<never> => {
      throw new RegistryError("DENIED", `Cannot ${call} "${repository}": this registry is read-only`);
    };
  return {
    ...delegatedRegistry(registry),
    pushBlob: refuse("push a blob to"),
    startUpload: refuse("upload to"),
    resumeUpload: refuse("upload to"),
    mountBlob: refuse("mount a blob in"),
    pushManifest: refuse("push a manifest to"),
    deleteBlob: refuse("delete a blob of"),
    deleteManifest: refuse("delete a manifest of"),
    deleteTag: refuse("delete a tag of"),
  };
}
