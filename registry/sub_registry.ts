import type { ListOptions, Registry } from "./registry.ts";
import { renamedRegistry } from "./renamed_registry.ts";

/** The repositories of a registry below a prefix, without it: `library/app` there is `docker.io/library/app` in the whole. */
export function subRegistry(whole: Registry, prefix: string): Registry {
  return {
    ...renamedRegistry(whole, (repository) => `${prefix}/${repository}`),
    listRepositories: (options) => listBelow(whole, `${prefix}/`, options),
  };
}

async function* listBelow(whole: Registry, prefix: string, options: ListOptions = {}): AsyncGenerator<string> {
  const after = options.after === undefined ? {} : { after: `${prefix}${options.after}` };
  for await (const name of whole.listRepositories({ ...options, ...after })) {
    if (name.startsWith(prefix)) yield name.slice(prefix.length);
  }
}
