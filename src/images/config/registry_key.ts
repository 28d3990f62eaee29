import { findHostFault } from "../../../registry/values/reference.ts";

/** What an entry of `registries` is about. */
export interface RegistryKey {
  /** `exact` is one host, `below` all hosts of a domain (`*.example.com`), `any` is `*`. */
  readonly kind: "exact" | "below" | "any";
  /** Lower-case host with its port, without `*.`; empty for `any`. */
  readonly host: string;
  /** First parts of repositories' names, e.g. `org` of `quay.io/org`; empty for all. */
  readonly path: string;
}

/** The fault of a key that is none. */
export const registryKeyText = "not a registry such as docker.io, quay.io/org, *.example.com or *:";

const hubNames: readonly string[] = ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/** Reads a key; undefined for what is none. */
export function parseRegistryKey(text: string): RegistryKey | undefined {
  if (text === "*") return { kind: "any", host: "", path: "" };
  const [, wildcard, name = "", path = ""] = /^(\*\.)?([^/]+)(?:\/(.*))?$/.exec(text) ?? [];
  if (name === "" || findHostFault(name) !== undefined || !isPath(path)) return undefined;
  if (text.endsWith("/") || (wildcard !== undefined && path !== "")) return undefined;
  // As in references: a first part without dot or colon is a user of Docker Hub's, and no registry.
  if (wildcard === undefined && !/[.:]/.test(name) && name !== "localhost") return undefined;
  return { kind: wildcard === undefined ? "exact" : "below", host: toRegistryHost(name), path };
}

/** One name for each registry: Docker Hub has several. */
export function toRegistryHost(name: string): string {
  const host = name.toLowerCase();
  return hubNames.includes(host) ? "docker.io" : host;
}

/** Whether a text can be the first parts of a repository's name. */
export function isPath(text: string): boolean {
  return text === "" || /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(text);
}

/** A host that a key is about, and no key that is more exact. */
export function sampleHost({ kind, host }: RegistryKey): string {
  // No host begins with a dot, so that none is named exactly.
  return kind === "below" ? `.${host}` : host;
}

/** Whether a key speaks of all that another one is about, as each does of itself. */
export function coversKey(key: RegistryKey, other: RegistryKey): boolean {
  return other.kind === "any" ? key.kind === "any" : rankRegistryKey(key, sampleHost(other), other.path) !== undefined;
}

/** How exactly a key speaks of a repository at a host: more is more exact; undefined when it does not. */
export function rankRegistryKey(key: RegistryKey, host: string, repository: string): number | undefined {
  const wanted = toRegistryHost(host);
  switch (key.kind) {
    case "any":
      return 0;
    case "below":
      return wanted.endsWith(`.${key.host}`) ? key.host.length : undefined;
    case "exact": {
      if (key.host !== wanted) return undefined;
      const isBelow = key.path === "" || repository === key.path || repository.startsWith(`${key.path}/`);
      // Hosts have at most 255 characters: one that is named beats every wildcard.
      return isBelow ? 1000 + key.path.length : undefined;
    }
  }
}
