import type { ListOptions, Registry } from "../registry.ts";
import { isThere, RegistryError } from "../registry_error.ts";
import type { Digest } from "../values/digest.ts";
import { assertRepository } from "../values/name.ts";

/**
 * Of a registry only the repositories at or below `prefixes`: `team` allows `team` and `team/app`, not `teams`. To readers
 * the others do not exist (NAME_UNKNOWN), whether or not they do; writes and deletions there are DENIED.
 */
export function allowList(registry: Registry, prefixes: readonly string[]): Registry {
  const isAllowed = (repository: string) => isBelow(repository, prefixes);
  const seen = (repository: string) => {
    assertRepository(repository);
    if (!isAllowed(repository)) throw unknown(repository);
  };
  const written = (repository: string) => {
    assertRepository(repository);
    if (isAllowed(repository)) return;
    throw new RegistryError("DENIED", `Cannot write to "${repository}": it is not among the allowed repositories`);
  };
  // biome-ignore format: each line is a method and its rule
  return {
    getBlob: async (name, ...rest) => { seen(name); return await registry.getBlob(name, ...rest); },
    statBlob: async (name, ...rest) => { seen(name); return await registry.statBlob(name, ...rest); },
    getManifest: async (name, ...rest) => { seen(name); return await registry.getManifest(name, ...rest); },
    statManifest: async (name, ...rest) => { seen(name); return await registry.statManifest(name, ...rest); },
    pushBlob: async (name, ...rest) => { written(name); return await registry.pushBlob(name, ...rest); },
    startUpload: async (name, ...rest) => { written(name); return await registry.startUpload(name, ...rest); },
    resumeUpload: async (name, ...rest) => { written(name); return await registry.resumeUpload(name, ...rest); },
    pushManifest: async (name, ...rest) => { written(name); return await registry.pushManifest(name, ...rest); },
    deleteBlob: async (name, ...rest) => { written(name); await registry.deleteBlob(name, ...rest); },
    deleteManifest: async (name, ...rest) => { written(name); await registry.deleteManifest(name, ...rest); },
    deleteTag: async (name, ...rest) => { written(name); await registry.deleteTag(name, ...rest); },
    mountBlob: async (name, digest, { from, ...options } = {}) => {
      written(name);
      // A mount from a hidden repository, or from anywhere, would give away what is hidden.
      const source = from ?? await findBlob(registry, listAllowed(registry, isAllowed, options), digest);
      if (source !== undefined && isAllowed(source)) {
        return await registry.mountBlob(name, digest, { ...options, from: source });
      }
      if (options.otherwise === "nothing") return { kind: "nothing" };
      return { kind: "upload", upload: await registry.startUpload(name, options) };
    },
    listTags: (name, ...rest) => isAllowed(name) ? registry.listTags(name, ...rest) : refuseList(name),
    listReferrers: (name, ...rest) => isAllowed(name) ? registry.listReferrers(name, ...rest) : refuseList(name),
    listRepositories: (options) => listAllowed(registry, isAllowed, options),
  };
}

/** Whether a repository is one of `prefixes`, or below one. */
export function isBelow(repository: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => repository === prefix || repository.startsWith(`${prefix}/`));
}

/** The first of some repositories that has a blob. */
async function findBlob(
  registry: Registry,
  repositories: AsyncIterable<string>,
  digest: Digest,
): Promise<string | undefined> {
  for await (const repository of repositories) {
    if (await isThere(registry.statBlob(repository, digest))) return repository;
  }
  return undefined;
}

async function* listAllowed(
  registry: Registry,
  isAllowed: (repository: string) => boolean,
  options: ListOptions | undefined,
): AsyncGenerator<string> {
  for await (const name of registry.listRepositories(options)) if (isAllowed(name)) yield name;
}

// biome-ignore lint/correctness/useYield: a list's error comes with its first item, as with any registry
async function* refuseList(repository: string): AsyncGenerator<never> {
  throw unknown(repository);
}

function unknown(repository: string): RegistryError {
  return new RegistryError("NAME_UNKNOWN", `Cannot find repository "${repository}": it is not served here`);
}
