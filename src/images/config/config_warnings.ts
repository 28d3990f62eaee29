import type { ImageConfig, KeyedEntry } from "./config.ts";
import { rulesFor } from "./registry_rules.ts";

/** What is allowed, and better otherwise: one line for each. */
export function findConfigWarnings(config: ImageConfig): string[] {
  return config.registries.flatMap((one) => [...findOpenPassword(one, config), ...findDeadEnd(one, config)]);
}

function findOpenPassword({ name, entry: { credentials } }: KeyedEntry, { source = "" }: ImageConfig): string[] {
  if (typeof credentials !== "object" || credentials.password === undefined) return [];
  return [`"${source}" holds the password of "${name}" itself: a passwordFile keeps it out of copies of the file`];
}

/** An entry for many hosts may say so of all that no other entry is about. */
function findDeadEnd({ name, key, entry }: KeyedEntry, config: ImageConfig): string[] {
  if (entry.upstream !== "never" || key.kind !== "exact") return [];
  // Whatever stands for the repositories below it: those with entries of their own are not meant.
  const { mirrors, deny } = rulesFor(config, key.host, key.path);
  if (mirrors.value.length > 0 || deny.value !== undefined) return [];
  const found = `"${config.source ?? ""}" says that "${name}" is never asked, and names no mirror of it`;
  return [`${found}: none of its images can be had; give it mirrors, or deny them with a reason`];
}
