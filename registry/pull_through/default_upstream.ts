import type { Registry } from "../registry.ts";
import { renamedRegistry } from "../renamed_registry.ts";

/** Where Docker Hub keeps images whose names have one part. */
const hubLibrary = "library";

/**
 * A cache for clients that know of one registry only, and do not say which: as Docker's `registry-mirrors` and Mesos'
 * `--docker_registry`. A name that does not begin with one of `upstreams` is an image of `name`; of Docker Hub,
 * `redis` is `library/redis` (contract A.4).
 */
export function withDefaultUpstream(whole: Registry, name: string, upstreams: readonly string[]): Registry {
  return renamedRegistry(whole, (repository) => {
    const [first = "", ...rest] = repository.split("/");
    if (rest.length > 0 && upstreams.includes(first)) return repository;
    return rest.length === 0 && name === "docker.io" ? `${name}/${hubLibrary}/${first}` : `${name}/${repository}`;
  });
}
