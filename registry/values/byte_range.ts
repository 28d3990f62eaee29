import { RegistryError } from "../registry_error.ts";
import type { Digest } from "./digest.ts";

/** Bytes `first` to `last`, both counted in. */
export interface ByteSpan {
  readonly first: number;
  readonly last: number;
}

/** What a reader wants of a blob: from `first` on (to `last` if given), or its `suffix` last bytes. */
export type ByteRange =
  | { readonly first: number; readonly last?: number; readonly suffix?: never }
  | { readonly suffix: number; readonly first?: never; readonly last?: never };

const range = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i;

/**
 * Reads a Range header of one range. Undefined for what a server has to ignore: other units, several ranges (no client of
 * registries asks for them), nonsense. `invalid` for a range whose end lies before its start (contract I.3 wants 416).
 */
export function parseRangeHeader(text: string): ByteRange | "invalid" | undefined {
  const match = range.exec(text);
  if (!match) return undefined;
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return undefined;
  const [first, last] = [Number(from), Number(to)];
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return "invalid";
  if (from === "") return { suffix: last };
  if (to === "") return { first };
  return last < first ? "invalid" : { first, last };
}

/** The Range header of a range. */
export function formatRangeHeader(wanted: ByteRange): string {
  return wanted.suffix === undefined ? `bytes=${wanted.first}-${wanted.last ?? ""}` : `bytes=-${wanted.suffix}`;
}

/** Which bytes of content of `size` bytes a range means, its end clamped; undefined when it means none (416). */
export function resolveRange(wanted: ByteRange, size: number): ByteSpan | undefined {
  const first = wanted.suffix === undefined ? wanted.first : Math.max(0, size - wanted.suffix);
  const last = Math.min(wanted.suffix === undefined ? (wanted.last ?? size - 1) : size - 1, size - 1);
  return first > last ? undefined : { first, last };
}

/** The error for a range that means none of the content's bytes: RANGE_INVALID. */
export function outOfRange({ digest, size }: { digest: Digest; size: number }): RegistryError {
  return new RegistryError("RANGE_INVALID", `Cannot read "${digest}": it has ${size} bytes, none in the range`);
}

/** A Content-Range of an answer (`bytes 0-9/100`); `size` is undefined for `*`. Undefined when it is none. */
export function parseContentRange(text: string): (ByteSpan & { readonly size?: number }) | undefined {
  const match = /^\s*bytes\s+(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)\s*$/i.exec(text);
  if (!match) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  if (last < first) return undefined;
  if (match[3] === "*") return { first, last };
  const size = Number(match[3]);
  return last < size ? { first, last, size } : undefined;
}

/** The Content-Range of an answer. */
export function formatContentRange({ first, last }: ByteSpan, size: number): string {
  return `bytes ${first}-${last}/${size}`;
}

/** The Content-Range of an upload's chunk: `0-511`, and `bytes 0-511/*` from those who read RFC 9110 first. */
export function parseChunkRange(text: string): ByteSpan | undefined {
  const match = /^\s*(?:bytes[\s=]+)?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?\s*$/i.exec(text);
  if (!match) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  return last < first ? undefined : { first, last };
}

/** The Range header of an upload session that holds `size` bytes; `0-0` for one that holds none, as all clients read it. */
export function formatUploadRange(size: number): string {
  return `0-${Math.max(0, size - 1)}`;
}

/**
 * Bytes that a session holds by its Range header. `0-0` is one byte, or none: a session that was never written says so
 * too (contract B.6); undefined then, and when the header makes no sense.
 */
export function parseUploadRange(text: string | undefined): number | undefined {
  const match = /^\s*(?:bytes[\s=]+)?0-(-1|\d{1,15})\s*$/i.exec(text ?? "");
  if (!match || match[1] === "0") return undefined;
  return Number(match[1]) + 1;
}
