import { RegistryError } from "../registry_error.ts";
import { isLoopback } from "../values/loopback.ts";
import { quoted } from "../values/quoted.ts";
import { apiHostOf, findHostFault } from "../values/reference.ts";
import { Authentication } from "./authentication.ts";
import { type Clock, systemClock } from "./clock.ts";
import { openSocketTransport, type SocketTransport, type TransportOptions } from "./http/socket_transport.ts";
import { HttpRegistry } from "./http_registry.ts";
import { type ClientObserver, observeAnswers, warnOnce } from "./observer.ts";
import { Origin, type Probe } from "./origin.ts";
import type { MinimumRate } from "./rate_watch.ts";
import { followRedirects } from "./redirects.ts";
import { RegistryConnection } from "./registry_connection.ts";
import type { FindCredentials } from "./remembered_credentials.ts";
import type { RequestLimits } from "./request_limits.ts";
import { defaultRetryPolicy, type RetryPolicy, retryCall, retryRequests } from "./retries.ts";
import type { UploadSessions } from "./upload_sessions.ts";

/** How a registry is talked to. */
export interface RegistryClientOptions extends TransportOptions {
  /**
   * By default TLS, but for this machine's own addresses. `either` asks the registry whether it speaks TLS, goes without when it does
   * not, and never goes without again after it did: for registries that the operator calls insecure (contract B.9).
   */
  readonly scheme?: "https" | "http" | "either";
  /** Whether a registry with TLS may send us to places without, for tokens and by redirects; by default it may not. */
  readonly downgrades?: "refused" | "allowed";
  /** Looked up when the registry asks who it is, and again after five minutes or a refusal; without, we are nobody. */
  readonly credentials?: FindCredentials;
  /** Hosts beside the registry's domain that tokens are fetched from with credentials. */
  readonly trustedRealms?: readonly string[];
  /** The registry that is meant, when the host only mirrors it: goes along as `?ns=` (contract B.9). */
  readonly namespace?: string;
  readonly retries?: Partial<RetryPolicy>;
  /** Who brings less of a blob fails as UNAVAILABLE, so that another source can be asked; without, idle time alone counts. */
  readonly minimumRate?: MinimumRate;
  readonly observer?: ClientObserver;
  /** Keeps what is read within a limit, together with all others who share it. */
  readonly limits?: RequestLimits;
  /** Remembers sessions of large uploads for the next process; without, one that is begun again sends all of them again. */
  readonly sessions?: UploadSessions;
  readonly clock?: Clock;
  /** For tests: a number from 0 up to 1. */
  readonly random?: () => number;
  /** For tests, and for who brings sockets of their own; ended by them. */
  readonly transport?: SocketTransport["send"];
}

/** A registry behind HTTP. Disposing of it closes its connections, and ends the wait for one. */
export interface RegistryClient extends HttpRegistry, Disposable {}

/**
 * Opens a client of the registry at `host` (with its port, or `docker.io`). Nothing is connected before the first call.
 * Throws RegistryError NAME_INVALID for what is no host.
 *
 * @example
 * ```ts
 * using hub = openRegistryClient("docker.io");
 * const { descriptor } = await hub.getManifest("library/busybox", "latest");
 * ```
 */
export function openRegistryClient(host: string, options: RegistryClientOptions = {}): RegistryClient {
  const fault = findHostFault(host);
  if (fault !== undefined) throw new RegistryError("NAME_INVALID", `Cannot open registry ${quoted(host)}: ${fault}`);
  const { clock = systemClock, random = Math.random, scheme = isLoopback(host) ? "http" : "https" } = options;
  const policy = { ...defaultRetryPolicy, ...options.retries };
  const sockets = openSocketTransport(options);
  const closing = new AbortController();
  const { signal } = closing;
  const probe: Probe = (url) => retryCall(() => sockets.probe(url, { signal }), policy, { clock, random, signal });
  const origin =
    scheme === "either"
      ? new Origin(new URL(`https://${apiHostOf(host)}`), probe)
      : new Origin(new URL(`${scheme}://${apiHostOf(host)}`));
  const { credentials, trustedRealms, downgrades = "refused", minimumRate, observer = {}, limits, sessions } = options;
  const warn = warnOnce(observer);
  const transport = options.transport ?? sockets.send;
  const authentication = new Authentication(limits?.limit(transport) ?? transport, {
    origin,
    clock,
    downgrades,
    ...(credentials && { credentials }),
    ...(trustedRealms && { trustedRealms }),
  });
  const observed = observeAnswers(authentication.send, origin, observer, warn);
  const send = retryRequests(followRedirects(observed, downgrades), policy, { clock, random });
  const connection = new RegistryConnection(origin, send, clock, options.namespace);
  const more = { ...(minimumRate && { minimumRate }), ...(sessions && { sessions }) };
  const registry = new HttpRegistry({ connection, policy, random, warn, ...more });
  const dispose = () => {
    const found = `Cannot reach "${origin.url.host}": nobody asks any more`;
    closing.abort(new RegistryError("UNAVAILABLE", found, { retryable: false }));
    sockets[Symbol.dispose]();
  };
  return Object.assign(registry, { [Symbol.dispose]: dispose });
}
