import type { TagPolicy } from "../../../registry/mod.ts";
import { isInsecure } from "../insecure_registries.ts";
import type { ImageConfig, KeyedEntry } from "./config.ts";
import type { CredentialsEntry, MirrorEntry, RegistryEntry } from "./registries_schema.ts";
import { type RegistryKey, rankRegistryKey, sampleHost } from "./registry_key.ts";

/** Something that holds, and who said it: the key of an entry, or undefined when nobody did. */
export interface Ruled<T> {
  readonly value: T;
  readonly by?: string;
}

/** A mirror, as it is asked for one repository. */
export interface MirrorRule {
  readonly host: string;
  readonly scheme?: "http" | "https";
  /** Which first parts of names are others there. */
  readonly rewriting?: { readonly path: string; readonly prefix: string };
  readonly serves: readonly ("tags" | "blobs")[];
  /** Whether it is told which registry is meant. */
  readonly namespace: "told" | "untold";
}

/** Where images of a repository are had, and how long tags are believed. */
export interface RegistryRules {
  readonly mirrors: Ruled<readonly MirrorRule[]>;
  readonly upstream: Ruled<"used" | "never">;
  /** Why its images may not be had, if they may not. */
  readonly deny: Ruled<string | undefined>;
  tagPolicyOf(tag: string): Ruled<TagPolicy>;
}

/** How a registry is talked to. */
export interface RegistryAccess {
  /** Path of the configuration that says so. */
  readonly source?: string;
  /** Whether it may do without TLS where `tls` says nothing. */
  readonly transport: "secure" | "either";
  readonly tls: Ruled<NonNullable<RegistryEntry["tls"]>>;
  readonly credentials: Ruled<CredentialsEntry | undefined>;
  readonly limits: NonNullable<RegistryEntry["limits"]>;
  readonly timeouts: NonNullable<RegistryEntry["timeouts"]>;
}

/** What holds for a repository of a registry: of each field, what the most exact entry says that says something. */
export function rulesFor(config: ImageConfig, host: string, repository: string): RegistryRules {
  const entries = entriesFor(config, host, repository);
  const mirrored = entries.find(({ entry }) => entry.mirrors !== undefined);
  const deny = say(entries, "deny");
  return {
    mirrors: {
      value: (mirrored?.entry.mirrors ?? []).map((mirror) => toMirrorRule(mirror, mirrored?.key.path ?? "")),
      ...by(mirrored),
    },
    upstream: { value: say(entries, "upstream").value ?? "used", ...by(say(entries, "upstream")) },
    deny: { value: deny.value === false ? undefined : deny.value, ...by(deny) },
    tagPolicyOf: (tag) => findTagPolicy(entries, tag),
  };
}

/** What holds for what a key is about, but for what more exact entries say of parts of it. */
export function rulesOfKey(config: ImageConfig, key: RegistryKey): RegistryRules {
  return rulesFor(config, sampleHost(key), key.path);
}

/** How a registry is talked to for a repository: a mirror as well as a registry by its own entries. */
export function accessTo(config: ImageConfig, host: string, repository: string): RegistryAccess {
  const entries = entriesFor(config, host, repository);
  const tls = say(entries, "tls");
  return {
    ...(config.source === undefined ? {} : { source: config.source }),
    transport: isInsecure(host, config.insecure) ? "either" : "secure",
    tls: { value: tls.value ?? {}, ...by(tls) },
    credentials: say(entries, "credentials"),
    limits: Object.assign({}, ...entries.map(({ entry }) => entry.limits ?? {}).reverse()),
    timeouts: Object.assign({}, ...entries.map(({ entry }) => entry.timeouts ?? {}).reverse()),
  };
}

/** Entries that speak of it, the most exact first. */
function entriesFor({ registries }: ImageConfig, host: string, repository: string): KeyedEntry[] {
  const ranked = registries.flatMap((one) => {
    const rank = rankRegistryKey(one.key, host, repository);
    return rank === undefined ? [] : [{ one, rank }];
  });
  return ranked.sort((a, b) => b.rank - a.rank).map(({ one }) => one);
}

function say<K extends keyof RegistryEntry>(
  entries: readonly KeyedEntry[],
  field: K,
): Ruled<RegistryEntry[K] | undefined> {
  const found = entries.find(({ entry }) => entry[field] !== undefined);
  return { value: found?.entry[field], ...by(found) };
}

function by(said: { name?: string; by?: string } | undefined): { by?: string } {
  const name = said?.name ?? said?.by;
  return name === undefined ? {} : { by: name };
}

/** The first rule that matches, those of more exact entries first; asked for each time when none does. */
function findTagPolicy(entries: readonly KeyedEntry[], tag: string): Ruled<TagPolicy> {
  for (const { name, entry } of entries) {
    const rule = entry.tags?.find(({ matching }) => matching === undefined || new RegExp(matching).test(tag));
    if (rule) return { value: rule.policy, by: name };
  }
  return { value: { kind: "fresh" } };
}

function toMirrorRule(mirror: MirrorEntry, path: string): MirrorRule {
  const { address, prefix, capabilities = ["tags", "blobs"], namespace } = mirror;
  return {
    ...address,
    ...(prefix === undefined ? {} : { rewriting: { path, prefix } }),
    serves: capabilities,
    namespace: namespace ? "told" : "untold",
  };
}

/** A mirror's name of a repository. */
export function nameAtMirror({ rewriting }: MirrorRule, repository: string): string {
  if (rewriting === undefined) return repository;
  const { path, prefix } = rewriting;
  // `org/app` of the entry `quay.io/org` is `prefix/app`; nothing is left out that a name needs.
  const rest = path === "" ? repository : repository.slice(path.length + 1);
  return [prefix, rest].filter((part) => part !== "").join("/") || repository;
}
