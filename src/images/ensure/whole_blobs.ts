import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import type { Registry, RegistryReader } from "../../../registry/mod.ts";
import { isThere } from "../../../registry/registry_error.ts";

/**
 * A cache that gives nothing of a blob before all of it lies in its store, where only what its digest promises comes to lie.
 * Containerd keeps the beginning of a blob that broke off, goes on there with every later pull, and refuses the whole in the end:
 * once it has been given a wrong byte, it can never have that blob again.
 */
export function wholeBlobs(cache: Registry, store: Pick<RegistryReader, "statBlob">): Registry {
  const getBlob: Registry["getBlob"] = async (repository, digest, options = {}) => {
    const { range: _, ...whole } = options;
    if (!(await isThere(store.statBlob(repository, digest, whole)))) {
      await using content = await cache.getBlob(repository, digest, whole);
      // Read to its end, because that is where it is found out.
      for await (const _bytes of content.body);
    }
    return await cache.getBlob(repository, digest, options);
  };
  return { ...delegatedRegistry(cache), getBlob };
}
