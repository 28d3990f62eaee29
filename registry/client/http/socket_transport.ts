import { RegistryError } from "../../registry_error.ts";
import { Connections, type Lease, type TlsOptions } from "./connections.ts";
import { Exchange, unavailable } from "./exchange.ts";
import { type ProxyFor, proxyRefusal } from "./proxy.ts";
import { mayBeLost } from "./repetition.ts";
import { formatRequestHead } from "./request_head.ts";
import { probeTls } from "./tls_probe.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

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

/** A transport over sockets of this process, and the end of its idle connections. */
export interface SocketTransport extends Disposable {
  readonly send: Transport;
  /** Whether a host speaks TLS; UNAVAILABLE when it does not answer. */
  readonly probe: (url: URL, options: { signal: AbortSignal }) => Promise<"tls" | "plain">;
}

/** Opens a transport whose connections are used again. */
export function openSocketTransport(options: TransportOptions = {}): SocketTransport {
  const { tls = {}, proxyFor = () => undefined } = options;
  const { connectTimeoutMs = 10_000, headersTimeoutMs = 30_000, idleTimeoutMs = 30_000 } = options;
  const connections = new Connections({ tls, proxyFor, connectTimeoutMs });
  const exchange = async (request: HttpRequest, origin: "any" | "new"): Promise<HttpResponse> => {
    const { url, signal } = request;
    const head = formatRequestHead(request, proxyFor(url));
    const lease = await leaseFor(request, connections.take(url, origin, signal ? { signal } : {}));
    const started = new Exchange(lease, request, { headersTimeoutMs, idleTimeoutMs });
    try {
      return await started.run(head);
    } catch (error) {
      // Most likely closed in the moment that we asked; but the request may have been read (RFC 9112, 9.3.1).
      if (!started.isLost || !mayBeLost(request) || request.body?.stream !== undefined) throw error;
    }
    return await exchange(request, "new");
  };
  const send: Transport = async (request) => {
    request.signal?.throwIfAborted();
    const response = await exchange(request, "any");
    // Through a tunnel, it is the registry that answers.
    const isProxys = response.status === 407 && request.url.protocol === "http:";
    const proxy = isProxys ? proxyFor(request.url) : undefined;
    if (proxy === undefined) return response;
    await response[Symbol.asyncDispose]();
    throw proxyRefusal(proxy, request.url, response.status);
  };
  const probe: SocketTransport["probe"] = (url, { signal }) =>
    probeTls(url, { proxyFor, timeoutMs: connectTimeoutMs, signal });
  return { send, probe, [Symbol.dispose]: () => connections[Symbol.dispose]() };
}

async function leaseFor({ method, url, signal }: HttpRequest, taken: Promise<Lease>): Promise<Lease> {
  try {
    return await taken;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RegistryError) throw error;
    throw unavailable(`Cannot ${method} "${url.host}"`, error);
  }
}
