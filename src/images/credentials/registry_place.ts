/** Where an image lies: what credentials are looked up by. */
export interface RegistryPlace {
  /** Lower-case host with its port, if it has one; `docker.io` for Docker Hub. */
  readonly host: string;
  /** Components of the repository, e.g. `library`, `busybox`. */
  readonly path: readonly string[];
}

const hub = "docker.io";
const hubNames: ReadonlySet<string> = new Set([hub, "index.docker.io", "registry-1.docker.io"]);

/** Docker Hub's name in Docker's own files, and for credential helpers (images contract C.1). */
const hubServer = "https://index.docker.io/v1/";

/**
 * Reads the registry off an image's name: its first component when that looks like a host, else Docker Hub. It does not
 * judge the name, which is the daemon's to do.
 */
export function toRegistryPlace(image: string): RegistryPlace {
  const [name = ""] = image.split("@");
  const components = name.split("/");
  const [last = ""] = components.splice(-1);
  const path = [...components, last.split(":")[0] ?? ""];
  const [first = "", ...rest] = path;
  if (rest.length > 0 && (/[.:]/.test(first) || first === "localhost")) {
    return { host: toHost(first), path: hubPath(toHost(first), rest) };
  }
  return { host: hub, path: hubPath(hub, path) };
}

/** The registry as Docker calls it towards credential helpers and the daemon. */
export function toServerAddress({ host }: RegistryPlace): string {
  return host === hub ? hubServer : host;
}

/**
 * The entry whose server is meant for this place, or undefined. A server may have a scheme and a path: the paths of the
 * registry's API mean nothing, another one limits the entry to repositories below it. The longest path wins, then the
 * name that Docker itself would write, then one without a scheme, then the first.
 */
export function findServer<T extends { readonly server: string }>(
  entries: readonly T[],
  place: RegistryPlace,
): T | undefined {
  let best: { entry: T; rank: number } | undefined;
  for (const entry of entries) {
    const rank = rankServer(entry.server, place);
    if (rank !== undefined && rank > (best?.rank ?? -1)) best = { entry, rank };
  }
  return best?.entry;
}

function rankServer(server: string, place: RegistryPlace): number | undefined {
  const bare = server.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, "");
  const [host = "", ...components] = bare.split("/").filter((component) => component !== "");
  if (toHost(host) !== place.host) return undefined;
  const path = /^v[12]$/.test(components.join("/")) ? [] : components;
  if (path.some((component, index) => component !== place.path[index])) return undefined;
  const exactness = server === toServerAddress(place) ? 2 : bare === server.trim() ? 1 : 0;
  return path.length * 3 + exactness;
}

function toHost(name: string): string {
  const host = name.toLowerCase();
  return hubNames.has(host) ? hub : host;
}

/** Docker Hub's official images lie in `library`. */
function hubPath(host: string, path: readonly string[]): readonly string[] {
  return host === hub && path.length === 1 ? ["library", ...path] : path;
}
