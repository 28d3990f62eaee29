import type { Digest } from "./digest.ts";
import { dockerHub, parseReference, type Reference } from "./reference.ts";

/** What a user may mean by an image: one of the daemon's own, or one that a registry has. */
export type ImageName =
  | { readonly kind: "image_id"; readonly digest: Digest }
  | { readonly kind: "reference"; readonly reference: Reference };

/** Reads an image's id (`<64 hex>`, `sha256:<64 hex>`) or a reference. Throws ReferenceSyntaxError. */
export function parseImageName(text: string): ImageName {
  const hex = /^(?:sha256:)?([0-9a-f]{64})$/.exec(text)?.[1];
  if (hex !== undefined) return { kind: "image_id", digest: `sha256:${hex}` };
  return { kind: "reference", reference: parseReference(text) };
}

/**
 * A question for somebody who probably meant something else: `localhost:5000` is legal, but is a repository of Docker
 * Hub with a tag (contract A.3, remark a). Undefined when nothing looks odd.
 */
export function findReferenceHint(text: string): string | undefined {
  if (text.includes("/")) return undefined;
  const match = /^([A-Za-z0-9.-]+):([0-9]+)$/.exec(text);
  const host = match?.[1] ?? (text === "localhost" ? text : undefined);
  if (host === undefined) return undefined;
  const port = match?.[2];
  const looksLikeHost = host === "localhost" || /^\d+(?:\.\d+){3}$/.test(host);
  const looksLikePort = port !== undefined && port.length >= 4 && port.length <= 5 && Number(port) <= 65_535;
  if (!looksLikeHost && !(looksLikePort && !isYear(port))) return undefined;
  return `"${text}" is a repository of ${dockerHub}; did you mean "${text}/…"?`;
}

/** Tags such as `debian:2024` are common and no ports. */
function isYear(text: string): boolean {
  return /^20[0-4]\d$/.test(text);
}
