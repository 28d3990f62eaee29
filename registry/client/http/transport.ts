import type { Scope } from "../../values/scope.ts";

/** Bytes of a request. A stream can be sent once; `bytes` again and again. `length` is stated when it is known. */
export type HttpBody =
  | { readonly bytes: Uint8Array; readonly stream?: never; readonly length?: never }
  | { readonly stream: AsyncIterable<Uint8Array>; readonly length?: number; readonly bytes?: never };

/** An HTTP request to a registry. Header names are lower-case. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** What the request needs to be allowed: the one thing that authentication has to know of it. */
  readonly scope: Scope;
  readonly signal?: AbortSignal;
}

/** An HTTP answer whose headers are here. Iterate `body` to its end, or dispose of the answer. */
export interface HttpResponse extends AsyncDisposable {
  readonly status: number;
  /** Names in lower case; several of one name are joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes. Throws UNAVAILABLE when the connection breaks or falls silent before the end. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
}

/**
 * One exchange over HTTP. The client stacks them: retries over redirects over authentication over sockets, each knowing
 * only the next. Rejects with UNAVAILABLE when no answer comes, and with the signal's reason when that is aborted.
 */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;
