import { Buffer } from "node:buffer";
import { RegistryError } from "../registry_error.ts";
import type { ByteSpan } from "../values/byte_range.ts";
import { largestManifestBytes } from "../values/manifest.ts";

/** Files by their names, in an archive or below a folder. Names are relative, with slashes; nothing outside is reached. */
export interface Members {
  /** Where they are, for errors. */
  readonly place: string;
  /** Bytes of a regular file; undefined for a name that is not there. CORRUPT for anything else of that name. */
  stat(name: string): Promise<number | undefined>;
  /** A file that {@link stat} has found, or a part of it. */
  read(name: string, span?: ByteSpan): AsyncIterable<Uint8Array>;
}

/** An error about what an archive or a layout holds. */
export function corrupt(place: string, found: string, cause?: unknown): RegistryError {
  return new RegistryError("CORRUPT", `Cannot read "${place}": ${found}`, { cause });
}

/** An error about a place that holds no images and never did, as far as can be seen. */
export function noImages(place: string, found: string): RegistryError {
  const expected = 'images, as "image save" and "docker save" write them, or an OCI image layout';
  return new RegistryError("MANIFEST_UNKNOWN", `Cannot read "${place}": found ${found}, expected ${expected}`);
}

/** A whole file, which must not be longer than a manifest may be. CORRUPT when it is, or is not there. */
export async function readMember(members: Members, name: string): Promise<Uint8Array> {
  const size = await members.stat(name);
  if (size === undefined) throw corrupt(members.place, `"${name}" is not there`);
  if (size > largestManifestBytes) {
    throw corrupt(members.place, `"${name}" has ${size} bytes, expected at most ${largestManifestBytes}`);
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of members.read(name)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The file that tells what there is; MANIFEST_UNKNOWN when it is not there, else as {@link readJsonMember}. */
export async function readContents(members: Members, name: string): Promise<unknown> {
  if ((await members.stat(name)) === undefined) throw noImages(members.place, `no "${name}"`);
  return await readJsonMember(members, name);
}

/** A file of JSON; CORRUPT as {@link readMember}, and for what is no JSON. */
export async function readJsonMember(members: Members, name: string): Promise<unknown> {
  return parseJson(await readMember(members, name), members.place, `"${name}"`);
}

/** Bytes of JSON; CORRUPT for what is none. `what` is for errors. */
export function parseJson(bytes: Uint8Array, place: string, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw corrupt(place, `${what} is no JSON`, error);
  }
}

/**
 * A name in its one spelling: no `.`, no double slash, none at the end; "" for the top. Undefined for names that are
 * absolute, or lead out by `..` at any point.
 */
export function normalizeMemberName(name: string): string | undefined {
  if (name.startsWith("/") || name.includes("\0")) return undefined;
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
