import { RegistryError } from "../registry_error.ts";
import { type Digest, isDigestAlgorithm, parseDigest } from "../values/digest.ts";
import { assertRepository, assertTag } from "../values/name.ts";
import { quoted } from "../values/quoted.ts";
import type { RegistryRequest } from "./request.ts";

/**
 * Reads a method and the path and query of a URL (`/v2/…?…`). Throws NAME_INVALID, DIGEST_INVALID, TAG_INVALID,
 * PAGINATION_NUMBER_INVALID, UNSUPPORTED for a method that does not fit, NAME_UNKNOWN for a path that is none of the API's.
 */
export function parseRequest(method: string, url: string): RegistryRequest {
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  const namespace = query.get("ns");
  const request = parsePath(method, path, query);
  return namespace === null || namespace === "" ? request : { ...request, namespace };
}

function parsePath(method: string, path: string, query: URLSearchParams): RegistryRequest {
  const reading = method === "GET" || method === "HEAD";
  if (path === "/v2/" || path === "/v2") return reading ? { kind: "ping" } : refuseMethod(method, path);
  const segments = path.split("/").map(decode);
  if (segments[0] !== "" || segments[1] !== "v2") return refusePath(path);
  const [third, second, last] = [segments.at(-3), segments.at(-2), segments.at(-1) ?? ""];
  if (segments.length === 3 && last === "_catalog") {
    return method === "GET" ? { kind: "repositories_list", ...parsePage(query) } : refuseMethod(method, path);
  }
  const name = (tail: number) => toRepository(segments.slice(2, -tail), path);
  if (third === "blobs" && second === "uploads" && last !== "") {
    return parseUpload(method, path, { repository: name(3), upload: last }, query);
  }
  if (third === "blobs" && second === "uploads") return parseUploadStart(method, path, name(3), query);
  if (second === "blobs" && last === "uploads") return parseUploadStart(method, path, name(2), query);
  if (second === "blobs") return parseBlob(method, path, name(2), last);
  if (second === "manifests") return parseManifestRequest(method, path, { repository: name(2), target: last }, query);
  if (second === "tags" && last === "list") {
    return method === "GET"
      ? { kind: "tags_list", repository: name(2), ...parsePage(query) }
      : refuseMethod(method, path);
  }
  if (second === "referrers") {
    if (method !== "GET") return refuseMethod(method, path);
    const artifactType = query.get("artifactType");
    const about = { kind: "referrers_list", repository: name(2), digest: parseDigest(last) } as const;
    return artifactType ? { ...about, artifactType } : about;
  }
  return refusePath(path);
}

function parseBlob(method: string, path: string, repository: string, text: string): RegistryRequest {
  const kinds: Readonly<Record<string, "blob_get" | "blob_head" | "blob_delete">> = {
    GET: "blob_get",
    HEAD: "blob_head",
    DELETE: "blob_delete",
  };
  const kind = kinds[method];
  return kind === undefined ? refuseMethod(method, path) : { kind, repository, digest: parseDigest(text) };
}

function parseUploadStart(method: string, path: string, repository: string, query: URLSearchParams): RegistryRequest {
  if (method !== "POST") return refuseMethod(method, path);
  const mount = query.get("mount");
  const from = query.get("from");
  if (mount) {
    if (from) assertRepository(from);
    return { kind: "mount", repository, digest: parseDigest(mount), ...(from && { from }) };
  }
  const digest = query.get("digest");
  if (digest) return { kind: "upload_blob", repository, digest: parseDigest(digest) };
  const algorithm = query.get("digest-algorithm");
  if (!algorithm) return { kind: "upload_start", repository };
  if (isDigestAlgorithm(algorithm)) return { kind: "upload_start", repository, algorithm };
  const found = `found algorithm ${quoted(algorithm)}, expected sha256, sha384 or sha512`;
  throw new RegistryError("DIGEST_INVALID", `Cannot start upload: ${found}`);
}

function parseUpload(
  method: string,
  path: string,
  about: { repository: string; upload: string },
  query: URLSearchParams,
): RegistryRequest {
  switch (method) {
    case "GET":
      return { kind: "upload_status", ...about };
    case "PATCH":
      return { kind: "upload_append", ...about };
    case "DELETE":
      return { kind: "upload_cancel", ...about };
    case "PUT":
      return { kind: "upload_commit", ...about, digest: parseDigest(query.get("digest") ?? "") };
    default:
      return refuseMethod(method, path);
  }
}

function parseManifestRequest(
  method: string,
  path: string,
  about: { repository: string; target: string },
  query: URLSearchParams,
): RegistryRequest {
  const { target } = about;
  if (target.includes(":")) parseDigest(target);
  switch (method) {
    case "GET":
      return { kind: "manifest_get", ...about };
    case "HEAD":
      return { kind: "manifest_head", ...about };
    case "DELETE":
      return { kind: "manifest_delete", ...about };
    case "PUT": {
      const tags = query.getAll("tag");
      for (const tag of target.includes(":") ? tags : [target, ...tags]) assertTag(tag);
      return { kind: "manifest_put", ...about, ...(tags.length > 0 && { tags }) };
    }
    default:
      return refuseMethod(method, path);
  }
}

function parsePage(query: URLSearchParams): { count?: number; after?: string } {
  const count = query.get("n");
  const after = query.get("last");
  if (count !== null && !/^\d{1,9}$/.test(count)) {
    const found = `found n=${quoted(count)}, expected a number`;
    throw new RegistryError("PAGINATION_NUMBER_INVALID", `Cannot list: ${found}`);
  }
  return { ...(count !== null && { count: Number(count) }), ...(after && { after }) };
}

function toRepository(segments: readonly string[], path: string): string {
  const repository = segments.join("/");
  if (segments.some((segment) => segment.includes("/"))) return refusePath(path);
  assertRepository(repository);
  return repository;
}

function decode(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    const found = "found a percent sign that escapes nothing";
    throw new RegistryError("NAME_INVALID", `Cannot read path segment ${quoted(segment)}: ${found}`, { cause: error });
  }
}

function refuseMethod(method: string, path: string): never {
  throw new RegistryError("UNSUPPORTED", `Cannot ${method} ${quoted(path)}: this is not done there`);
}

function refusePath(path: string): never {
  throw new RegistryError("NAME_UNKNOWN", `Cannot find ${quoted(path)}: it is no part of the registry API`, {
    status: 404,
  });
}

/** Whether a target is a digest: a tag never holds a colon. */
export function isDigestTarget(target: string): target is Digest {
  return target.includes(":");
}
