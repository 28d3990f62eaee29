import { RegistryError } from "../registry_error.ts";

/** A request's headers and body, however they came. Header names are lower-case. */
export interface Incoming {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** What a client is told. `release` is called when the body has been sent, or never will be. */
export interface Answer {
  readonly status: number;
  /** Several values of one name are sent as a header each. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Pieces of a blob may be lent: see `ReadBlobOptions`. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly release?: () => PromiseLike<void>;
  /** What is wrong, in words, when it is an error. */
  readonly fault?: string;
}

/** A JSON document; `contentType` is for those that have a type of their own. */
export function jsonAnswer(status: number, document: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = new TextEncoder().encode(JSON.stringify(document));
  const length = String(body.byteLength);
  return { status, headers: { "content-type": "application/json", "content-length": length, ...headers }, body };
}

/** An answer without a body. */
export function emptyAnswer(status: number, headers: Answer["headers"] = {}): Answer {
  return status === 204 ? { status, headers } : { status, headers: { "content-length": "0", ...headers } };
}

/** An error as the specification wants it: a list of one, with code, message and detail (contract B.7). */
export function errorAnswer(error: RegistryError, headers: Readonly<Record<string, string>> = {}): Answer {
  const { code, message, detail, retryAfterMs } = error;
  const document = { errors: [{ code, message, ...(detail !== undefined && { detail }) }] };
  const patience = retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
  return { ...jsonAnswer(statusFor(error), document, { ...patience, ...headers }), fault: message };
}

/** A status that a remote registry gave is passed on only when it is an error's. */
function statusFor({ status }: RegistryError): number {
  return status >= 400 && status <= 599 ? status : 500;
}

/** Body of a request as a whole. MANIFEST_TOO_LARGE as soon as it is known to exceed `maximumBytes`. */
export async function readWhole({ headers, body }: Incoming, maximumBytes: number): Promise<Uint8Array> {
  const stated = Number(headers["content-length"] ?? 0);
  const refuse = (found: number) =>
    new RegistryError("MANIFEST_TOO_LARGE", `Cannot take body: found ${found} bytes, expected at most ${maximumBytes}`);
  if (stated > maximumBytes) throw refuse(stated);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.byteLength;
    if (size > maximumBytes) throw refuse(size);
    pieces.push(piece);
  }
  return joinBytes(pieces, size);
}

function joinBytes(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const only = pieces[0];
  if (pieces.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
