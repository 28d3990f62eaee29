import type { Partly } from "../../notation/precedence.ts";
import { readYaml } from "../../notation/yaml_document.ts";
import type { GcSettings } from "../gc/gc_settings.ts";
import type { Pin } from "../pins/pin.ts";
import type { WarmSettings } from "../warm/warm_settings.ts";
import { configSchema } from "./config_schema.ts";
import type { PullSettings } from "./pull_way.ts";
import type { RegistryEntry } from "./registries_schema.ts";
import { parseRegistryKey, type RegistryKey } from "./registry_key.ts";

/** What an operator says of images on this host. */
export interface ImageConfig {
  /** Where it is from, for explanations; absent when nobody said anything. */
  readonly source?: string;
  readonly registries: readonly KeyedEntry[];
  /** Registries that may do without TLS: see `isInsecure()`. */
  readonly insecure: readonly string[];
  readonly pull: PullSettings;
  readonly gc: Partly<GcSettings>;
  /** Images that stay, of the section `gc`: each says which field it is. */
  readonly pinned: readonly Pin[];
  readonly warm: Partly<WarmSettings>;
}

/** An entry of `registries`. */
export interface KeyedEntry {
  /** Its key as it is written. */
  readonly name: string;
  readonly key: RegistryKey;
  readonly entry: RegistryEntry;
}

/** What holds without a file. */
export const emptyConfig: ImageConfig = {
  registries: [],
  insecure: [],
  pull: {},
  gc: {},
  pinned: [],
  warm: {},
};

/** A configuration that cannot be used; the message names every fault. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** All that is wrong, with lines where there are any. */
  readonly faults: readonly string[];

  constructor(path: string, faults: readonly string[], options: { cause?: unknown } = {}) {
    super(`Cannot use configuration "${path}": ${faults.join("; ")}`, options);
    this.faults = faults;
  }
}

/** Reads the text of a configuration (YAML, or JSON). Throws {@link ConfigError}. `source` is its path. */
export function parseConfig(text: string, source: string): ImageConfig {
  // Whoever has emptied the file wants what holds without one.
  if (/^(?:\s|#.*)*$/.test(text)) return { ...emptyConfig, source };
  const read = readYaml(text, configSchema, "it is empty");
  if ("faults" in read) throw new ConfigError(source, read.faults);
  const registries = Object.entries(read.value.registries ?? {}).flatMap(([name, entry]) => {
    const key = parseRegistryKey(name);
    return key ? [{ name, key, entry }] : [];
  });
  const { insecure = [], pull = {}, gc: { pinned = [], ...gc } = {}, warm = {} } = read.value;
  return { source, registries, insecure, pull, gc, pinned: pinned.map(toStated(source)), warm };
}

function toStated(source: string): (pin: Pin, index: number) => Pin {
  return (pin, index) => ({ ...pin, statedIn: `gc.pinned[${index}] of "${source}"` });
}
