import net, { isIP, type Socket } from "node:net";
import process from "node:process";
import tls, { type ConnectionOptions } from "node:tls";
import { waitFor } from "../../call.ts";
import type { CallOptions } from "../../registry.ts";
import { RegistryError } from "../../registry_error.ts";
import { Slots } from "../../slots.ts";
import { HttpConnection, type Line } from "./connection.ts";
import { openTunnel, type ProxyFor } from "./proxy.ts";
import { Silence } from "./silence.ts";

/** Who is believed over TLS, and as whom we come; PEM texts. */
export interface TlsOptions {
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  /** `nobody` is asked for a certificate of a known authority when the operator calls the registry insecure. */
  readonly verify?: "everybody" | "nobody";
}

/** What connections are made with. */
export interface ConnectionsOptions {
  readonly tls: TlsOptions;
  readonly proxyFor: ProxyFor;
  /** For a connection, with TLS and the way through a proxy. */
  readonly connectTimeoutMs: number;
}

/** A connection for one exchange. Dispose of it once: that leaves it to the next, if it is fit for one. */
export interface Lease extends Disposable {
  readonly connection: HttpConnection;
  /** One that was used before may have been closed by the other side without our knowing. */
  readonly origin: "new" | "used";
}

/** At most so many connections go to one place. */
const mostConnections = 64;

/** Connections that nobody uses are closed after so long: sooner than most servers, and whatever is between, forget them. */
const longestRestMs = 30_000;

/** Where a server says when it forgets them, they are closed so much sooner: what is asked in that moment would be lost. */
const restMarginMs = 1000;

/** On Deno, a socket of TLS never tells of an end that comes while it is paused. */
const afterPauseOfTls = "deno" in process.versions ? "deaf" : "awake";

/** Connections of one client, used again, by the way that they take: straight to a host, or through a proxy. */
export class Connections implements Disposable {
  readonly #options: ConnectionsOptions;
  readonly #ways = new Map<string, Way>();
  readonly #closing = new AbortController();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /**
   * A connection that a request to `url` can go over. Rejects with what broke it, with {@link Silence} when it did not come about in
   * time, or with the signal's reason; to wait for one that others use takes as long as it takes.
   */
  async take(url: URL, origin: "any" | "new", { signal }: CallOptions): Promise<Lease> {
    this.#closing.signal.throwIfAborted();
    const way = this.#wayTo(url);
    const slot = await way.slots.take(signal ? { signal } : {});
    try {
      const used = origin === "any" ? way.takeIdle() : undefined;
      const connection = used ?? (await way.open(this.#closing.signal, signal));
      const leave = () => {
        way.leave(connection);
        slot[Symbol.dispose]();
      };
      return { connection, origin: used ? "used" : "new", [Symbol.dispose]: leave };
    } catch (error) {
      slot[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    const reason = new RegistryError("UNAVAILABLE", "Cannot connect: nobody asks any more", { retryable: false });
    this.#closing.abort(reason);
    for (const way of this.#ways.values()) way.close(reason);
  }

  #wayTo(url: URL): Way {
    const proxy = this.#options.proxyFor(url);
    // Over plain HTTP, a proxy is spoken to as if it were the host: one connection serves all.
    const isShared = proxy !== undefined && url.protocol === "http:";
    const key = isShared ? proxy.href : `${url.origin} ${proxy?.href ?? ""}`;
    const known = this.#ways.get(key);
    if (known) return known;
    const way = new Way(url, proxy, this.#options);
    this.#ways.set(key, way);
    return way;
  }
}

/** The way to a place, and the connections that take it. */
class Way {
  readonly slots = new Slots(mostConnections);
  readonly #url: URL;
  readonly #proxy: URL | undefined;
  readonly #options: ConnectionsOptions;
  readonly #idle = new Map<HttpConnection, ReturnType<typeof setTimeout>>();
  readonly #all = new Set<HttpConnection>();

  constructor(url: URL, proxy: URL | undefined, options: ConnectionsOptions) {
    this.#url = url;
    this.#proxy = proxy;
    this.#options = options;
  }

  /** The one that was used last: it is the likeliest to be alive. */
  takeIdle(): HttpConnection | undefined {
    for (const [connection, timer] of [...this.#idle].reverse()) {
      clearTimeout(timer);
      this.#idle.delete(connection);
      if (connection.isIdle) return connection;
      this.#drop(connection);
    }
    return undefined;
  }

  async open(closing: AbortSignal, signal: AbortSignal | undefined): Promise<HttpConnection> {
    const ended = signal ? AbortSignal.any([closing, signal]) : closing;
    const connection = new HttpConnection(await this.#connect(ended));
    this.#all.add(connection);
    return connection;
  }

  leave(connection: HttpConnection): void {
    const restMs = Math.min(connection.keptMs - restMarginMs, longestRestMs);
    if (!connection.isIdle || restMs <= 0) return this.#drop(connection);
    connection.rest();
    const timer = setTimeout(() => {
      this.#idle.delete(connection);
      this.#drop(connection);
    }, restMs);
    timer.unref();
    this.#idle.set(connection, timer);
  }

  close(reason: Error): void {
    for (const timer of this.#idle.values()) clearTimeout(timer);
    this.#idle.clear();
    for (const connection of [...this.#all]) this.#drop(connection, reason);
  }

  #drop(connection: HttpConnection, reason?: Error): void {
    this.#all.delete(connection);
    connection.destroy(reason);
  }

  async #connect(signal: AbortSignal): Promise<Line> {
    const { tls: own, connectTimeoutMs: timeoutMs } = this.#options;
    const proxy = this.#proxy;
    if (this.#url.protocol === "http:") {
      const place = proxy ?? this.#url;
      // Proxies get no certificate of ours.
      return await connectTo(place, place.protocol === "https:" ? {} : undefined, { timeoutMs, signal });
    }
    if (!proxy) return await connectTo(this.#url, toTls(own), { timeoutMs, signal });
    const startedMs = performance.now();
    const socket = await openTunnel(proxy, this.#url, { timeoutMs, signal });
    const left = { timeoutMs: Math.max(timeoutMs - (performance.now() - startedMs), 1), signal };
    const line = await connectTo(this.#url, { ...toTls(own), socket: socket as Socket }, left);
    return { ...line, carrier: socket };
  }
}

/** Connects, and speaks TLS when there are options for that. */
async function connectTo(
  { hostname, port, protocol }: URL,
  secure: ConnectionOptions | undefined,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<Line> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const place = { host, port: Number(port || (protocol === "https:" ? 443 : 80)) };
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket = secure ? tls.connect({ ...place, ...named, ...secure }) : net.connect({ ...place, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Through a tunnel, the host has been reached.
  const silence = secure?.socket ? new Error("no TLS in time") : new Silence();
  const timer = setTimeout(() => reject(silence), timeoutMs);
  socket.once(secure ? "secureConnect" : "connect", resolve);
  socket.on("error", reject);
  socket.once("close", () => reject(new Error("the connection was closed")));
  try {
    await waitFor(promise, signal);
    if (secure) socket.setNoDelay(true);
    return { socket, afterPause: secure ? afterPauseOfTls : "awake" };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function toTls({ ca, cert, key, verify }: TlsOptions): ConnectionOptions {
  return {
    rejectUnauthorized: verify !== "nobody",
    ...(ca && { ca: [...ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}
