import type { ListOptions, Registry } from "./registry.ts";

/** The repositories of a registry below a prefix, without it: `library/app` there is `docker.io/library/app` in the whole. */
export function subRegistry(whole: Registry, prefix: string): Registry {
  const inside = (repository: string) => `${prefix}/${repository}`;
  return {
    getBlob: (name, ...rest) => whole.getBlob(inside(name), ...rest),
    statBlob: (name, ...rest) => whole.statBlob(inside(name), ...rest),
    getManifest: (name, ...rest) => whole.getManifest(inside(name), ...rest),
    statManifest: (name, ...rest) => whole.statManifest(inside(name), ...rest),
    pushBlob: (name, ...rest) => whole.pushBlob(inside(name), ...rest),
    startUpload: (name, ...rest) => whole.startUpload(inside(name), ...rest),
    resumeUpload: (name, ...rest) => whole.resumeUpload(inside(name), ...rest),
    mountBlob: (name, digest, { from, ...options } = {}) =>
      whole.mountBlob(inside(name), digest, { ...options, ...(from === undefined ? {} : { from: inside(from) }) }),
    pushManifest: (name, ...rest) => whole.pushManifest(inside(name), ...rest),
    deleteBlob: (name, ...rest) => whole.deleteBlob(inside(name), ...rest),
    deleteManifest: (name, ...rest) => whole.deleteManifest(inside(name), ...rest),
    deleteTag: (name, ...rest) => whole.deleteTag(inside(name), ...rest),
    listTags: (name, options) => whole.listTags(inside(name), options),
    listReferrers: (name, ...rest) => whole.listReferrers(inside(name), ...rest),
    listRepositories: (options) => listBelow(whole, `${prefix}/`, options),
  };
}

async function* listBelow(whole: Registry, prefix: string, options: ListOptions = {}): AsyncGenerator<string> {
  const after = options.after === undefined ? {} : { after: `${prefix}${options.after}` };
  for await (const name of whole.listRepositories({ ...options, ...after })) {
    if (name.startsWith(prefix)) yield name.slice(prefix.length);
  }
}
