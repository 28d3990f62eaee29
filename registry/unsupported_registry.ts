import type { Registry } from "./registry.ts";
import { RegistryError } from "./registry_error.ts";

/**
 * A registry that can do what `overrides` say and answers UNSUPPORTED to everything else: partial registries and test
 * doubles in three lines.
 *
 * @example
 * ```ts
 * const tagsOnly = unsupportedRegistry({ listTags: (repository) => source.listTags(repository) });
 * ```
 */
export function unsupportedRegistry(overrides: Partial<Registry> = {}): Registry {
  const refuse = (call: string) => async (): Promise<never> => {
    throw unsupported(call);
  };
  return {
    getBlob: refuse("read blobs"),
    statBlob: refuse("look for blobs"),
    getManifest: refuse("read manifests"),
    statManifest: refuse("look for manifests"),
    pushBlob: refuse("write blobs"),
    startUpload: refuse("begin uploads"),
    resumeUpload: refuse("go on with uploads"),
    mountBlob: refuse("mount blobs"),
    pushManifest: refuse("write manifests"),
    deleteBlob: refuse("delete blobs"),
    deleteManifest: refuse("delete manifests"),
    deleteTag: refuse("delete tags"),
    listTags: () => refuseList("tags"),
    listRepositories: () => refuseList("repositories"),
    listReferrers: () => refuseList("referrers"),
    ...overrides,
  };
}

// biome-ignore lint/correctness/useYield: a list's error comes with its first item, as with any registry
async function* refuseList(what: string): AsyncGenerator<never> {
  throw unsupported(`list ${what}`);
}

function unsupported(call: string): RegistryError {
  return new RegistryError("UNSUPPORTED", `Cannot ${call}: this registry does not do that`);
}
