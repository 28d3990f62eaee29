import type { ImageConfig } from "../images/config/config.ts";
import { rulesOfKey } from "../images/config/registry_rules.ts";

/** A registry that this host depends on. */
export interface RegistryPlace {
  readonly host: string;
  readonly scheme?: "http" | "https";
  /** Whether something is lost without it: a mirror has the registry itself behind it. */
  readonly need: "needed" | "spared";
}

/** Registries and mirrors that a configuration names, each once; Docker Hub where it names none. */
export function listRegistryPlaces(config: ImageConfig): RegistryPlace[] {
  const places = new Map<string, RegistryPlace>();
  const add = (place: RegistryPlace) => {
    const key = `${place.scheme ?? ""} ${place.host}`;
    const known = places.get(key);
    if (known === undefined || known.need === "spared") places.set(key, place);
  };
  for (const { key, entry } of config.registries) {
    const { upstream } = rulesOfKey(config, key);
    const isAlone = upstream.value === "never";
    for (const { address } of entry.mirrors ?? []) add({ ...address, need: isAlone ? "needed" : "spared" });
  }
  const mirrors = new Set([...places.values()].map(({ host }) => host));
  for (const { key } of config.registries) {
    const { upstream, deny } = rulesOfKey(config, key);
    const isAsked = upstream.value === "used" && deny.value === undefined;
    // How a mirror is talked to is said in an entry of its own host, which makes no registry of it.
    if (key.kind === "exact" && isAsked && !mirrors.has(key.host)) add({ host: key.host, need: "needed" });
  }
  return places.size > 0 ? [...places.values()] : [{ host: "docker.io", need: "spared" }];
}
