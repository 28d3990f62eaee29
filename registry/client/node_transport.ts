import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { RegistryError } from "../registry_error.ts";
import { IdleWatch } from "./idle_watch.ts";
import { NodeAgents, type TlsOptions } from "./node_agents.ts";
import type { Probe } from "./origin.ts";
import { type ProxyFor, proxyRefusal } from "./proxy.ts";
import { probeTls } from "./tls_probe.ts";
import type { HttpBody, HttpRequest, HttpResponse, Transport } from "./transport.ts";

/** How long the stages of an exchange may take (contract B.5), and which way it goes. */
export interface TransportOptions {
  readonly tls?: TlsOptions;
  /** The proxy on the way to a URL; without, none is used. */
  readonly proxyFor?: ProxyFor;
  /** For a connection, with TLS and the way through a proxy; 10 s. */
  readonly connectTimeoutMs?: number;
  /** From the end of the request to the answer's headers; 30 s. */
  readonly headersTimeoutMs?: number;
  /** Between two pieces of a body, in either direction; 30 s. */
  readonly idleTimeoutMs?: number;
}

type Limits = Required<Pick<TransportOptions, "connectTimeoutMs" | "headersTimeoutMs" | "idleTimeoutMs">>;

/** A transport over sockets of this process, and the end of its idle connections. */
export interface SocketTransport extends Disposable {
  readonly send: Transport;
  /** Whether a host speaks TLS; UNAVAILABLE when it does not answer. */
  readonly probe: (url: URL, options: { signal: AbortSignal }) => ReturnType<Probe>;
}

/** Opens a transport over `node:http` and `node:https` whose connections are used again. */
export function openNodeTransport(options: TransportOptions = {}): SocketTransport {
  const { tls = {}, proxyFor = () => undefined } = options;
  const { connectTimeoutMs = 10_000, headersTimeoutMs = 30_000, idleTimeoutMs = 30_000 } = options;
  const agents = new NodeAgents({ tls, proxyFor, connectTimeoutMs });
  const send: Transport = async (request) => {
    request.signal?.throwIfAborted();
    const { url, method, headers, body } = request;
    const client = agents.request(url, { method, headers: { ...headers, ...lengthOf(body, method) } });
    const response = await exchange(client, request, { connectTimeoutMs, headersTimeoutMs, idleTimeoutMs });
    const proxy = response.status === 407 ? proxyFor(url) : undefined;
    if (proxy === undefined) return response;
    await response[Symbol.asyncDispose]();
    throw proxyRefusal(proxy, url, response.status);
  };
  const probe: SocketTransport["probe"] = (url, { signal }) =>
    probeTls(url, { proxyFor, timeoutMs: connectTimeoutMs, signal });
  return { send, probe, [Symbol.dispose]: () => agents[Symbol.dispose]() };
}

function lengthOf(body: HttpBody | undefined, method: string): Record<string, string> {
  if (body === undefined) return method === "GET" || method === "HEAD" ? {} : { "content-length": "0" };
  const length = body.bytes?.byteLength ?? body.length;
  return length === undefined ? { "transfer-encoding": "chunked" } : { "content-length": String(length) };
}

async function exchange(client: ClientRequest, request: HttpRequest, limits: Limits): Promise<HttpResponse> {
  const { signal, url, method } = request;
  const abort = () => client.destroy(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
  signal?.addEventListener("abort", abort, { once: true });
  const watch = new IdleWatch(() => client.destroy(new Error("no answer in time")));
  const leave = () => {
    watch.stop();
    signal?.removeEventListener("abort", abort);
  };
  const stages = watchStages(client, url, watch, limits);
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      client.once("response", resolve);
      client.on("error", reject);
      client.once("close", () => reject(new Error("the connection was closed without an answer")));
    });
    const sent = sendBody(client, request.body, watch).then(stages.sent);
    // A server may answer before it has read all: the answer counts then, not the broken pipe.
    const message = await Promise.race([answered, sent.then(() => answered)]);
    stages.end();
    sent.catch(() => undefined);
    return toResponse(message, client, request, { idleTimeoutMs: limits.idleTimeoutMs, watch, leave });
  } catch (error) {
    client.destroy();
    // The body may still be waited for, and come to its end later.
    stages.end();
    leave();
    signal?.throwIfAborted();
    if (error instanceof BodySourceError) throw error.cause;
    if (error instanceof RegistryError) throw error;
    throw unavailable(`Cannot ${method} "${url.host}"`, watch.fired ? new Error("no answer in time") : error);
  }
}

/**
 * Gives each stage of a request its own time: the connection, from when it is made; the body; the answer's headers. To wait for a
 * connection that others use is no silence of the server. An answer, or a failure, ends them all.
 */
function watchStages(
  client: ClientRequest,
  url: URL,
  watch: IdleWatch,
  { connectTimeoutMs, headersTimeoutMs, idleTimeoutMs }: Limits,
): { sent(): void; end(): void } {
  let state: "waiting" | "connected" | "ended" = "waiting";
  let limitMs = idleTimeoutMs;
  const begin = () => {
    if (state === "ended") return;
    state = "connected";
    watch.start(limitMs);
  };
  client.once("socket", (socket: Socket) => {
    if (state === "ended") return;
    if (!socket.connecting) return begin();
    watch.start(connectTimeoutMs);
    socket.once(url.protocol === "https:" ? "secureConnect" : "connect", begin);
  });
  return {
    sent: () => {
      limitMs = headersTimeoutMs;
      if (state === "connected") watch.start(limitMs);
    },
    end: () => {
      state = "ended";
    },
  };
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
    watch.resume();
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
  // A certificate that is not believed will not be the next time: who waits for that only waits.
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? "");
  const isDistrust = /CERT|SELF_SIGNED|^UNABLE_TO_(?:GET|VERIFY)/.test(code);
  return new RegistryError("UNAVAILABLE", `${what}: ${found}`, { cause, retryable: !isDistrust });
}
