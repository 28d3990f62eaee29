import type { CallOptions } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import type { RegistryRequest } from "../requests/request.ts";
import { type Descriptor, isRecord } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import { parseManifest } from "../values/manifest.ts";
import { mediaTypes } from "../values/media_type.ts";
import { readBytes, readCapped } from "./capped_body.ts";
import type { HttpResponse } from "./http/transport.ts";
import { findNextLink } from "./link.ts";
import { readReferrersTag } from "./referrers_tag.ts";
import type { RegistryConnection } from "./registry_connection.ts";

type PageRequest = Extract<RegistryRequest, { kind: "tags_list" | "repositories_list" }>;

/** Names of a list that comes in pages; the next is asked for when the one before is read (contract B.4). */
export async function* listNames(
  connection: RegistryConnection,
  request: PageRequest,
  field: "tags" | "repositories",
  options: CallOptions,
): AsyncGenerator<string> {
  for await (const response of pages(connection, request, options)) {
    const text = await readCapped(response, largestPageBytes);
    for (const name of toNames(text, field, connection.base.host)) yield name;
  }
}

const largestPageBytes = 16 * 1024 * 1024;

async function* pages(
  connection: RegistryConnection,
  request: RegistryRequest,
  options: CallOptions,
): AsyncGenerator<HttpResponse> {
  const seen = new Set<string>();
  let url: URL | undefined;
  for (;;) {
    const response = await connection.ask(request, [200], { ...options, ...(url && { url }) });
    const next = findNextLink(response.headers.link);
    const base = response.url;
    yield response;
    if (next === undefined) return;
    url = toNextPage(next, base, connection.base.host);
    if (seen.has(url.href)) throw unreadable(connection.base.host, "found a list whose next page was there before");
    seen.add(url.href);
  }
}

/** A next page elsewhere would be shown our token. */
function toNextPage(link: string, base: URL, host: string): URL {
  if (!URL.canParse(link, base)) throw unreadable(host, "found no URL in its Link");
  const url = new URL(link, base);
  if (url.origin !== base.origin) throw unreadable(host, `found the next page at "${url.host}"`);
  return url;
}

function toNames(text: string, field: string, host: string): string[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw unreadable(host, "found something else than JSON", error);
  }
  const names = isRecord(document) ? (document[field] ?? []) : undefined;
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw unreadable(host, `found no "${field}" in the answer`);
}

function unreadable(host: string, found: string, cause?: unknown): RegistryError {
  return new RegistryError("UNAVAILABLE", `Cannot read the list of "${host}": ${found}`, { retryable: false, cause });
}

/** What {@link listRemoteReferrers} looks for. */
export interface ReferrersWanted {
  readonly repository: string;
  readonly digest: Digest;
  readonly artifactType?: string;
}

/** Referrers by the API, or by the tag that stands in for it where the API is missing; filtered here if not there. */
export async function* listRemoteReferrers(
  connection: RegistryConnection,
  { repository, digest, artifactType }: ReferrersWanted,
  options: CallOptions,
): AsyncGenerator<Descriptor> {
  const filter = artifactType === undefined ? {} : { artifactType };
  const request = { kind: "referrers_list", repository, digest, ...filter } as const;
  const isWanted = (one: Descriptor) => artifactType === undefined || one.artifactType === artifactType;
  try {
    for await (const response of pages(connection, request, options)) {
      const contentType = response.headers["content-type"] ?? mediaTypes.ociIndex;
      for (const one of toDescriptors(await readBytes(response, largestPageBytes), contentType)) {
        if (isWanted(one)) yield one;
      }
    }
  } catch (error) {
    if (!(error instanceof RegistryError) || error.status !== 404) throw error;
    for (const one of await readReferrersTag(connection, repository, digest, options)) if (isWanted(one)) yield one;
  }
}

function toDescriptors(bytes: Uint8Array, contentType: string): readonly Descriptor[] {
  const manifest = parseManifest(bytes, contentType, { maximumBytes: largestPageBytes });
  return manifest.kind === "index" ? manifest.manifests : [];
}
