import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { RegistryError } from "../registry_error.ts";
import type { HttpBody, HttpRequest, HttpResponse, Transport } from "./transport.ts";

/** Who is believed over TLS, and as whom we come; PEM texts. */
export interface TlsOptions {
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  /** `nobody` is asked for a certificate of a known authority when the operator calls the registry insecure. */
  readonly verify?: "everybody" | "nobody";
}

/** How long the stages of an exchange may take (contract B.5). */
export interface TransportOptions {
  readonly tls?: TlsOptions;
  /** From the request to the answer's headers, connecting included, once the body is out; 30 s. */
  readonly headersTimeoutMs?: number;
  /** Between two pieces of a body, in either direction; 30 s. */
  readonly idleTimeoutMs?: number;
}

/** A transport over sockets of this process, and the end of its idle connections. */
export interface SocketTransport extends Disposable {
  readonly send: Transport;
}

/** Opens a transport over `node:http` and `node:https` whose connections are used again. */
export function openNodeTransport(options: TransportOptions = {}): SocketTransport {
  const { tls = {}, headersTimeoutMs = 30_000, idleTimeoutMs = 30_000 } = options;
  const plainAgent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const { ca, cert, key, verify } = tls;
  const tlsAgent = new https.Agent({
    keepAlive: true,
    maxSockets: 64,
    rejectUnauthorized: verify !== "nobody",
    ...(ca && { ca: [...ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
  const send: Transport = async (request) => {
    request.signal?.throwIfAborted();
    const { url, method, headers } = request;
    const secure = url.protocol === "https:";
    const common = { method, headers: { ...headers, ...lengthOf(request.body, method) } };
    const client = secure
      ? https.request(url, { ...common, agent: tlsAgent })
      : http.request(url, { ...common, agent: plainAgent });
    return await exchange(client, request, { headersTimeoutMs, idleTimeoutMs });
  };
  const dispose = () => {
    plainAgent.destroy();
    tlsAgent.destroy();
  };
  return { send, [Symbol.dispose]: dispose };
}

function lengthOf(body: HttpBody | undefined, method: string): Record<string, string> {
  if (body === undefined) return method === "GET" || method === "HEAD" ? {} : { "content-length": "0" };
  const length = body.bytes?.byteLength ?? body.length;
  return length === undefined ? { "transfer-encoding": "chunked" } : { "content-length": String(length) };
}

async function exchange(
  client: ClientRequest,
  request: HttpRequest,
  limits: { headersTimeoutMs: number; idleTimeoutMs: number },
): Promise<HttpResponse> {
  const { signal, url, method } = request;
  const abort = () => client.destroy(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
  signal?.addEventListener("abort", abort, { once: true });
  const watch = new IdleWatch(() => client.destroy(new Error("no answer in time")));
  const leave = () => {
    watch.stop();
    signal?.removeEventListener("abort", abort);
  };
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      client.once("response", resolve);
      client.on("error", reject);
      client.once("close", () => reject(new Error("the connection was closed without an answer")));
    });
    watch.start(limits.idleTimeoutMs);
    const sent = sendBody(client, request.body, watch);
    // A server may answer before it has read all: the answer counts then, not the broken pipe.
    const message = await Promise.race([answered, sent.then(() => answered)]);
    watch.start(limits.headersTimeoutMs);
    sent.catch(() => undefined);
    return toResponse(message, client, request, { idleTimeoutMs: limits.idleTimeoutMs, watch, leave });
  } catch (error) {
    client.destroy();
    leave();
    signal?.throwIfAborted();
    if (error instanceof BodySourceError) throw error.cause;
    throw unavailable(`Cannot ${method} "${url.host}"`, error);
  }
}

/** The caller's own stream failed: its error is the caller's, not the connection's. */
class BodySourceError extends Error {
  override readonly name = "BodySourceError";
}

async function sendBody(client: ClientRequest, body: HttpBody | undefined, watch: IdleWatch): Promise<void> {
  if (body?.stream === undefined) {
    client.end(body?.bytes);
    return;
  }
  const source = body.stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        // A slow source is not a silent server.
        watch.pause();
        next = await source.next();
      } catch (error) {
        throw new BodySourceError("the body's source failed", { cause: error });
      }
      watch.resume();
      if (next.done || client.destroyed) break;
      if (!client.write(next.value)) await writable(client);
      watch.touch();
    }
  } finally {
    await source.return?.();
  }
  client.end();
}

function writable(client: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    if (client.destroyed) return resolve();
    const done = () => {
      client.off("drain", done);
      client.off("close", done);
      client.off("error", done);
      resolve();
    };
    client.on("drain", done);
    client.on("close", done);
    client.on("error", done);
  });
}

function toResponse(
  message: IncomingMessage,
  client: ClientRequest,
  { url, signal, method }: HttpRequest,
  ending: { idleTimeoutMs: number; watch: IdleWatch; leave: () => void },
): HttpResponse {
  const { watch, leave, idleTimeoutMs } = ending;
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  async function* read(): AsyncGenerator<Uint8Array> {
    watch.start(idleTimeoutMs);
    try {
      for await (const bytes of message) {
        watch.pause();
        yield bytes as Uint8Array;
        watch.resume();
      }
      if (!message.complete) throw new Error("the connection was closed before the end");
    } catch (error) {
      signal?.throwIfAborted();
      throw unavailable(`Cannot read the answer of "${url.host}"`, watch.fired ? new Error("no byte in time") : error);
    } finally {
      leave();
      if (!message.complete) client.destroy();
    }
  }
  const empty = method === "HEAD" || message.statusCode === 204 || message.statusCode === 304;
  if (empty) {
    message.resume();
    leave();
  } else {
    watch.stop();
  }
  const dispose = async () => {
    leave();
    if (empty || message.complete) message.resume();
    else client.destroy();
  };
  const body = read();
  return { status: message.statusCode ?? 0, headers, body, url, [Symbol.asyncDispose]: dispose };
}

function unavailable(what: string, cause: unknown): RegistryError {
  const found = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new RegistryError("UNAVAILABLE", `${what}: ${found}`, { cause });
}

/** Calls back once when nothing was touched for a while. One timer, however many pieces pass. */
class IdleWatch {
  readonly #onIdle: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #limitMs = 0;
  #touchedMs = 0;
  #paused = false;
  fired = false;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  start(limitMs: number): void {
    this.stop();
    this.#limitMs = limitMs;
    this.#paused = false;
    this.touch();
    this.#arm(limitMs);
  }

  touch(): void {
    this.#touchedMs = performance.now();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.touch();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#paused ? this.#limitMs : this.#limitMs - (performance.now() - this.#touchedMs);
      if (left > 1) return this.#arm(left);
      this.fired = true;
      this.#onIdle();
    }, delayMs);
  }
}
