import type { ImageConfig, KeyedEntry } from "./config.ts";
import { coversKey } from "./registry_key.ts";
import { rulesOfKey } from "./registry_rules.ts";

/** Something that is allowed, and better otherwise. */
export interface ConfigWarning {
  readonly found: string;
  /** How it is made better. */
  readonly mend: string;
}

/** What is allowed, and better otherwise. */
export function findConfigWarnings(config: ImageConfig): ConfigWarning[] {
  return config.registries.flatMap((entry) => [
    ...findPassword(config, entry),
    ...findGap(config, entry),
    ...findTagGap(config, entry),
  ]);
}

function findPassword({ source = "" }: ImageConfig, { name, entry: { credentials } }: KeyedEntry): ConfigWarning[] {
  if (typeof credentials !== "object" || credentials.password === undefined) return [];
  const found = `"${source}" holds the password of "${name}" itself: a passwordFile keeps it out of copies of the file`;
  return [{ found, mend: "name a passwordFile that only root can read" }];
}

/** An entry that leaves nowhere to get an image of it from, without saying that this is what is wanted. */
function findGap(config: ImageConfig, said: KeyedEntry): ConfigWarning[] {
  const { name, key, entry } = said;
  if (entry.upstream !== "never" && entry.mirrors === undefined) return [];
  const isIdle = config.registries.every((other) => !coversKey(key, other.key) || !hasSource(config, other));
  if (!isIdle || rulesOfKey(config, key).deny.value !== undefined) return [];
  const found = `"${config.source ?? ""}" lets images of "${name}" be had from nowhere: "upstream" is never, and there is no mirror`;
  return [{ found, mend: 'name a mirror (docs/configuration.md), or say by "deny" why they may not be had' }];
}

/** An entry whose images can be had by digest only, since nobody is asked what a tag points at. */
function findTagGap(config: ImageConfig, { name, key, entry }: KeyedEntry): ConfigWarning[] {
  if (entry.upstream !== "never" && entry.mirrors === undefined) return [];
  const { upstream, mirrors, deny } = rulesOfKey(config, key);
  const areAsked = mirrors.value.some(({ serves }) => serves.includes("tags"));
  if (upstream.value === "used" || mirrors.value.length === 0 || areAsked || deny.value !== undefined) return [];
  const found = `"${config.source ?? ""}" lets no tag of "${name}" be found: "upstream" is never, and no mirror is asked for tags`;
  return [{ found, mend: 'give one of its mirrors the capability "tags", or name its images by digest' }];
}

function hasSource(config: ImageConfig, { key }: KeyedEntry): boolean {
  const { upstream, mirrors } = rulesOfKey(config, key);
  return upstream.value === "used" || mirrors.value.length > 0;
}
