import { isDeepStrictEqual } from "node:util";
import { parseRequest } from "./parse_request.ts";
import type { RegistryRequest } from "./request.ts";

/** A request as it goes over the wire: `path` begins with `/v2/` and holds the query. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
}

/**
 * Spells a request, and reads its own spelling again: what a server of ours would take for another request is never
 * sent. Throws what {@link parseRequest} throws, and TypeError for what has no spelling.
 */
export function formatRequest(request: RegistryRequest): WireRequest {
  const { method, path, query = [] } = spell(request);
  const all = request.namespace === undefined ? query : [...query, ["ns", request.namespace] as const];
  const text = all.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%3A", ":")}`).join("&");
  const wire = { method, path: text === "" ? path : `${path}?${text}` };
  if (!isDeepStrictEqual(parseRequest(wire.method, wire.path), request)) {
    throw new TypeError(`Cannot spell request "${request.kind}": "${wire.path}" would be read as another`);
  }
  return wire;
}

interface Spelling extends WireRequest {
  readonly query?: readonly (readonly [string, string])[];
}

function spell(request: RegistryRequest): Spelling {
  switch (request.kind) {
    case "ping":
      return { method: "GET", path: "/v2/" };
    case "repositories_list":
      return { method: "GET", path: "/v2/_catalog", query: spellPage(request) };
    case "tags_list":
      return { method: "GET", path: `/v2/${request.repository}/tags/list`, query: spellPage(request) };
    case "referrers_list": {
      const { artifactType } = request;
      const path = `/v2/${request.repository}/referrers/${request.digest}`;
      return { method: "GET", path, query: artifactType === undefined ? [] : [["artifactType", artifactType]] };
    }
    case "blob_get":
    case "blob_head":
    case "blob_delete":
      return { method: methodOf(request.kind), path: `/v2/${request.repository}/blobs/${request.digest}` };
    case "manifest_get":
    case "manifest_head":
    case "manifest_delete":
      return { method: methodOf(request.kind), path: manifestPath(request) };
    case "manifest_put":
      return { method: "PUT", path: manifestPath(request), query: request.tags?.map((tag) => ["tag", tag]) ?? [] };
    default:
      return spellUpload(request);
  }
}

type UploadRequest = Extract<RegistryRequest, { kind: `upload_${string}` | "mount" }>;

function spellUpload(request: UploadRequest): Spelling {
  const uploads = `/v2/${request.repository}/blobs/uploads/`;
  switch (request.kind) {
    case "mount": {
      const from = request.from === undefined ? [] : ([["from", request.from]] as const);
      return { method: "POST", path: uploads, query: [["mount", request.digest], ...from] };
    }
    case "upload_blob":
      return { method: "POST", path: uploads, query: [["digest", request.digest]] };
    case "upload_start": {
      const { algorithm } = request;
      return { method: "POST", path: uploads, query: algorithm === undefined ? [] : [["digest-algorithm", algorithm]] };
    }
    case "upload_append":
      return { method: "PATCH", path: uploads + encodeURIComponent(request.upload) };
    case "upload_status":
      return { method: "GET", path: uploads + encodeURIComponent(request.upload) };
    case "upload_cancel":
      return { method: "DELETE", path: uploads + encodeURIComponent(request.upload) };
    case "upload_commit":
      return { method: "PUT", path: uploads + encodeURIComponent(request.upload), query: [["digest", request.digest]] };
  }
}

function methodOf(kind: string): string {
  if (kind.endsWith("_get")) return "GET";
  return kind.endsWith("_head") ? "HEAD" : "DELETE";
}

function manifestPath({ repository, target }: { repository: string; target: string }): string {
  return `/v2/${repository}/manifests/${encodeURIComponent(target).replaceAll("%3A", ":")}`;
}

function spellPage({ count, after }: { count?: number; after?: string }): (readonly [string, string])[] {
  return [
    ...(count === undefined ? [] : [["n", String(count)] as const]),
    ...(after === undefined ? [] : [["last", after] as const]),
  ];
}
