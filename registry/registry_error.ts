import { messageOf } from "./thrown.ts";

/** HTTP status that each code travels with: derived from the code, never the other way round (contract B.7). */
const statuses = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
  TAG_INVALID: 400,
  RANGE_INVALID: 416,
  PAGINATION_NUMBER_INVALID: 400,
  MANIFEST_TOO_LARGE: 413,
  CORRUPT: 502,
  UNAVAILABLE: 503,
  UNKNOWN: 500,
} as const;

/**
 * Why a registry did not do what it was asked: the codes of the OCI distribution specification, those that are seen in
 * the wild beside them, and three of our own.
 *
 * - `CORRUPT`: bytes that arrived are not those that digest, size or media type promised
 * - `UNAVAILABLE`: the registry could not be reached, broke off, or asked for patience
 * - `MANIFEST_TOO_LARGE`: a manifest above the maximum
 */
export type RegistryErrorCode = keyof typeof statuses;

/** HTTP status of an error code. */
export function toStatus(code: RegistryErrorCode): number {
  return statuses[code];
}

/** Whether `text` is a code that {@link RegistryError} knows. */
export function isRegistryErrorCode(text: string): text is RegistryErrorCode {
  return Object.hasOwn(statuses, text);
}

/** What a {@link RegistryError} may say beside its code and message. */
export interface RegistryErrorOptions {
  /** Whether the same call may succeed later without any change; by default for UNAVAILABLE and TOOMANYREQUESTS. */
  readonly retryable?: boolean;
  /** How long the registry asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The status that a remote registry answered with, when that is not the code's own. */
  readonly status?: number;
  /** Facts for programs, sent along as `detail` of the error document. */
  readonly detail?: unknown;
  readonly cause?: unknown;
}

/** A call to a registry that failed; what a client reads from an answer is the same value that a server renders. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly code: RegistryErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number;
  readonly detail: unknown;

  constructor(code: RegistryErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? (code === "UNAVAILABLE" || code === "TOOMANYREQUESTS");
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status ?? toStatus(code);
    this.detail = options.detail;
  }

  /** Anything caught as one of ours: what is not yet a RegistryError becomes UNKNOWN with that cause. */
  static from(caught: unknown): RegistryError {
    if (caught instanceof RegistryError) return caught;
    const message = messageOf(caught);
    return new RegistryError("UNKNOWN", message, { cause: caught });
  }
}

/** Whether something caught is a {@link RegistryError} with one of `codes`. */
export function isRegistryError(caught: unknown, ...codes: RegistryErrorCode[]): caught is RegistryError {
  return caught instanceof RegistryError && (codes.length === 0 || codes.includes(caught.code));
}

/** Whether an error says that a registry does not have what was asked for, which is no failure of it. */
export function isAbsent(caught: unknown): caught is RegistryError {
  return isRegistryError(caught, "BLOB_UNKNOWN", "MANIFEST_UNKNOWN", "NAME_UNKNOWN");
}

/** What a look finds; undefined when it is absent. Throws what says anything else. */
export async function ifThere<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether a look finds something. Throws as {@link ifThere}. */
export async function isThere(look: Promise<unknown>): Promise<boolean> {
  return (await ifThere(look.then(() => true))) ?? false;
}
