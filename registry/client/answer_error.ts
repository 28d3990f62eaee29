import { isRegistryErrorCode, RegistryError, type RegistryErrorCode } from "../registry_error.ts";
import type { RegistryRequest } from "../requests/request.ts";
import { isRecord } from "../values/descriptor.ts";
import { readBeginning } from "./capped_body.ts";
import type { HttpResponse } from "./http/transport.ts";
import { isPassingStatus } from "./retries.ts";
import { parseRetryAfter } from "./retry_after.ts";

/**
 * The error that an answer tells: its JSON when there is one, else what its status means for such a request (contract
 * B.7). Token servers and CDNs answer HTML and XML: 200 characters of that are kept for people.
 */
export async function toAnswerError(
  request: RegistryRequest,
  response: HttpResponse,
  nowMs: number,
): Promise<RegistryError> {
  const { status, headers, url } = response;
  const text = await readBeginning(response);
  const first = findFirstError(text);
  const code = first && isRegistryErrorCode(first.code) ? first.code : toCode(request, status);
  const said = (first && toText(first)) || toLine(text);
  const where = `${url.host} answered ${status}`;
  const retryAfterMs = parseRetryAfter(headers["retry-after"], nowMs);
  return new RegistryError(code, said === "" ? `Cannot ${describe(request)}: ${where}` : `${said} (${where})`, {
    status,
    retryable: isPassingStatus(status),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(first?.detail !== undefined && { detail: first.detail }),
  });
}

interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** What is told of an error that has no name is all in its detail: distribution tells so of a disk that is full. */
function toText({ code, message, detail }: ToldError): string {
  const told = typeof detail === "string" ? detail : JSON.stringify(detail ?? {});
  return code !== "UNKNOWN" || told === "{}" ? message : toLine(`${message}: ${told}`);
}

function findFirstError(text: string): ToldError | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const first = isRecord(document) && Array.isArray(document.errors) ? document.errors[0] : document;
  if (!isRecord(first)) return undefined;
  const message = [first.message, first.details].find((one) => typeof one === "string") ?? "";
  const code = typeof first.code === "string" ? first.code.toUpperCase() : "";
  return { code, message: toLine(String(message)), ...(first.detail != null && { detail: first.detail }) };
}

/** One line without markup and control characters. */
function toLine(text: string): string {
  const plain = text
    .replace(/<[^>]*>/g, " ")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}

function toCode(request: RegistryRequest, status: number): RegistryErrorCode {
  switch (status) {
    case 401:
      return "UNAUTHORIZED";
    case 403:
      return "DENIED";
    case 404:
      return toUnknown(request);
    case 405:
    case 501:
      return "UNSUPPORTED";
    case 413:
      return "MANIFEST_TOO_LARGE";
    case 416:
      return "RANGE_INVALID";
    case 429:
      return "TOOMANYREQUESTS";
    case 400:
      return toInvalid(request);
    default:
      return isPassingStatus(status) ? "UNAVAILABLE" : "UNKNOWN";
  }
}

function toUnknown({ kind }: RegistryRequest): RegistryErrorCode {
  if (kind.startsWith("manifest_")) return "MANIFEST_UNKNOWN";
  if (kind.startsWith("blob_")) return "BLOB_UNKNOWN";
  if (kind === "ping" || kind === "repositories_list") return "UNSUPPORTED";
  return kind.startsWith("upload_") && kind !== "upload_start" && kind !== "upload_blob"
    ? "BLOB_UPLOAD_UNKNOWN"
    : "NAME_UNKNOWN";
}

function toInvalid({ kind }: RegistryRequest): RegistryErrorCode {
  if (kind === "manifest_put") return "MANIFEST_INVALID";
  if (kind === "upload_commit" || kind === "upload_blob") return "DIGEST_INVALID";
  return kind === "upload_append" ? "BLOB_UPLOAD_INVALID" : "NAME_INVALID";
}

/** What a request was to do, as a sentence says it. */
function describe(request: RegistryRequest): string {
  switch (request.kind) {
    case "ping":
      return "speak to the registry";
    case "repositories_list":
      return "list repositories";
    case "tags_list":
      return `list the tags of "${request.repository}"`;
    case "referrers_list":
      return `list the referrers of "${request.digest}" in "${request.repository}"`;
    case "manifest_get":
    case "manifest_head":
    case "manifest_put":
    case "manifest_delete":
      return `${verbs[request.kind]} manifest "${request.target}" of "${request.repository}"`;
    case "blob_get":
    case "blob_head":
    case "blob_delete":
    case "upload_blob":
    case "mount":
      return `${verbs[request.kind]} blob "${request.digest}" of "${request.repository}"`;
    default:
      return `${verbs[request.kind]} an upload to "${request.repository}"`;
  }
}

const verbs = {
  manifest_get: "read",
  manifest_head: "look up",
  manifest_put: "write",
  manifest_delete: "delete",
  blob_get: "read",
  blob_head: "look up",
  blob_delete: "delete",
  upload_blob: "upload",
  mount: "mount",
  upload_start: "begin",
  upload_append: "go on with",
  upload_status: "look up",
  upload_cancel: "give up",
  upload_commit: "end",
} as const;
