/**
 * Why the Docker daemon did not do what it was asked.
 *
 * - `absent`: nobody could be reached at the daemon's address
 * - `forbidden`: this process may not use the socket, or the daemon or a registry refuses (401, 403)
 * - `not_found`: no such container, image or network (404)
 * - `conflict`: what exists is in the way (409)
 * - `invalid`: the daemon says that the request is wrong (400)
 * - `timeout`: no answer within the deadline of the call
 * - `aborted`: the caller's signal, or the end of the engine, ended the call
 * - `unsupported`: this daemon, or whatever answers there, cannot do it
 * - `failed`: everything else; without a status, the connection broke or the answer made no sense
 */
export type EngineErrorCode =
  | "absent"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "invalid"
  | "timeout"
  | "aborted"
  | "unsupported"
  | "failed";

/** A call to the Docker daemon that failed. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;
  /** HTTP status, when the daemon answered with one. */
  readonly status: number | undefined;
  /** Whether the same call may succeed later without any change by the caller. */
  readonly retryable: boolean;

  constructor(
    code: EngineErrorCode,
    message: string,
    options: { status?: number; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.retryable = options.retryable ?? (code === "absent" || code === "timeout");
  }
}

/** What a status means; the text beside it is for people only. */
export function toErrorCode(status: number): EngineErrorCode {
  switch (status) {
    case 400:
      return "invalid";
    case 401:
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 409:
      return "conflict";
    case 501:
      return "unsupported";
    default:
      return "failed";
  }
}

/** Statuses by which a proxy, or a daemon that is starting or stopping, asks for patience. */
export function isPassingStatus(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}
