import { quoted } from "../values/quoted.ts";
import { apiHostOf, findDomainFault } from "../values/reference.ts";
import { Authentication } from "./authentication.ts";
import { type Clock, systemClock } from "./clock.ts";
import { HttpRegistry } from "./http_registry.ts";
import { openNodeTransport, type SocketTransport, type TransportOptions } from "./node_transport.ts";
import { followRedirects } from "./redirects.ts";
import { RegistryConnection } from "./registry_connection.ts";
import type { FindCredentials } from "./remembered_credentials.ts";
import { defaultRetryPolicy, type RetryPolicy, retryRequests } from "./retries.ts";

/** How a registry is talked to. */
export interface RegistryClientOptions extends TransportOptions {
  /** By default TLS, but for this machine's own addresses (contract B.9). */
  readonly scheme?: "https" | "http";
  /** Looked up when the registry asks who it is, and again after five minutes or a refusal; without, we are nobody. */
  readonly credentials?: FindCredentials;
  /** Hosts beside the registry's domain that tokens are fetched from with credentials. */
  readonly trustedRealms?: readonly string[];
  /** The registry that is meant, when the host only mirrors it: goes along as `?ns=` (contract B.9). */
  readonly namespace?: string;
  readonly retries?: Partial<RetryPolicy>;
  readonly clock?: Clock;
  /** For tests: a number from 0 up to 1. */
  readonly random?: () => number;
  /** For tests, and for who brings sockets of their own; ended by them. */
  readonly transport?: SocketTransport["send"];
}

/** A registry behind HTTP. Disposing of it closes its idle connections. */
export interface RegistryClient extends HttpRegistry, Disposable {}

/**
 * Opens a client of the registry at `host` (with its port, or `docker.io`). Nothing is connected before the first call.
 * Throws TypeError for what is no host.
 *
 * @example
 * ```ts
 * using hub = openRegistryClient("docker.io");
 * const { descriptor } = await hub.getManifest("library/busybox", "latest");
 * ```
 */
export function openRegistryClient(host: string, options: RegistryClientOptions = {}): RegistryClient {
  const fault = findDomainFault(host);
  if (fault !== undefined) throw new TypeError(`Cannot open registry ${quoted(host)}: ${fault}`);
  const { clock = systemClock, random = Math.random, scheme = isLoopback(host) ? "http" : "https" } = options;
  const base = new URL(`${scheme}://${apiHostOf(host)}`);
  const policy = { ...defaultRetryPolicy, ...options.retries };
  const sockets = options.transport ? undefined : openNodeTransport(options);
  const { credentials, trustedRealms } = options;
  const authentication = new Authentication(options.transport ?? sockets?.send ?? noTransport, {
    origin: base,
    clock,
    ...(credentials && { credentials }),
    ...(trustedRealms && { trustedRealms }),
  });
  const send = retryRequests(followRedirects(authentication.send), policy, { clock, random });
  const connection = new RegistryConnection(base, send, clock, options.namespace);
  const registry = new HttpRegistry({ connection, policy, random });
  return Object.assign(registry, { [Symbol.dispose]: () => sockets?.[Symbol.dispose]() });
}

function noTransport(): never {
  throw new TypeError("Cannot send: there is no transport");
}

/** Whether a host is this machine, which needs no TLS. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name);
}
