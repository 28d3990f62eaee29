import { RegistryError } from "../registry_error.ts";
import { quoted } from "./quoted.ts";

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Longest repository name (contract A.1). */
export const longestRepository = 255;

/** Why `text` is no repository name as it stands in a URL of a registry; undefined when it is one. */
export function findRepositoryFault(text: string): string | undefined {
  if (text.length > longestRepository) return `found ${text.length} characters, expected at most ${longestRepository}`;
  for (const part of text.split("/")) {
    if (part === "") return "found an empty path component";
    if (!component.test(part)) return `found path component ${quoted(part)}, expected ${expectation(part)}`;
  }
  return undefined;
}

function expectation(part: string): string {
  if (/[^a-z0-9._-]/.test(part)) return 'only lower-case letters, digits, ".", "_" and "-"';
  if (/^[._-]|[._-]$/.test(part)) return "a letter or digit at both ends";
  return 'letters or digits parted by one ".", one or two "_", or any number of "-"';
}

/** Throws NAME_INVALID when `text` is no repository name. */
export function assertRepository(text: string): void {
  const fault = findRepositoryFault(text);
  if (fault !== undefined) throw new RegistryError("NAME_INVALID", `Cannot use repository ${quoted(text)}: ${fault}`);
}

/** Whether `text` is a tag (contract A.1): up to 128 letters, digits, `_`, `.`, `-`, not beginning with the last two. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** Throws TAG_INVALID when `text` is no tag. */
export function assertTag(text: string): void {
  if (isTag(text)) return;
  throw new RegistryError("TAG_INVALID", `Cannot use tag ${quoted(text)}: ${tagRule}`);
}

/** What a tag has to look like, for messages. */
export const tagRule =
  'expected up to 128 letters, digits, "_", "." and "-", the first of them a letter, digit or underscore';
