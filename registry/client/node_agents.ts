import http, { type ClientRequest } from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import { connect } from "node:tls";
import { RegistryError } from "../registry_error.ts";
import { addressOf, openTunnel, type ProxyFor, proxyAuthorizationOf } from "./proxy.ts";

/** Who is believed over TLS, and as whom we come; PEM texts. */
export interface TlsOptions {
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
  /** `nobody` is asked for a certificate of a known authority when the operator calls the registry insecure. */
  readonly verify?: "everybody" | "nobody";
}

/** What connections are made with. */
export interface AgentOptions {
  readonly tls: TlsOptions;
  readonly proxyFor: ProxyFor;
  /** For a connection, with TLS and the way through a proxy. */
  readonly connectTimeoutMs: number;
}

/** What goes out first. */
interface RequestHead {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

const kept = { keepAlive: true, maxSockets: 64 } as const;

/** Connections of one client, used again, by the way that they take: straight to a host, or through a proxy. */
export class NodeAgents implements Disposable {
  readonly #options: AgentOptions;
  readonly #plain = new http.Agent(kept);
  readonly #secure: https.Agent;
  /** To proxies that are spoken to over TLS: they get no certificate of ours. */
  readonly #toProxies = new https.Agent(kept);
  readonly #tunnels = new Map<string, https.Agent>();
  readonly #closing = new AbortController();

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#secure = new https.Agent({ ...kept, ...toTls(options.tls) });
  }

  /** Begins a request; a proxy on the way reads plain HTTP, and passes TLS on unread. */
  request(url: URL, { method, headers }: RequestHead): ClientRequest {
    const proxy = this.#options.proxyFor(url);
    if (url.protocol === "https:") {
      const agent = proxy === undefined ? this.#secure : this.#tunnel(proxy);
      return https.request(url, { method, headers, agent });
    }
    if (proxy === undefined) return http.request(url, { method, headers, agent: this.#plain });
    const shown = { ...headers, host: url.host, ...proxyAuthorizationOf(proxy) };
    const common = { method, path: url.href, headers: shown };
    return proxy.protocol === "https:"
      ? https.request(addressOf(proxy), { ...common, agent: this.#toProxies })
      : http.request(addressOf(proxy), { ...common, agent: this.#plain });
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new RegistryError("UNAVAILABLE", "Cannot connect: nobody asks any more", { retryable: false }));
    for (const agent of [this.#plain, this.#secure, this.#toProxies, ...this.#tunnels.values()]) agent.destroy();
  }

  /** An agent whose connections go through a proxy; one for each, so that none is taken for another's. */
  #tunnel(proxy: URL): https.Agent {
    const known = this.#tunnels.get(proxy.href);
    if (known !== undefined) return known;
    const { tls, connectTimeoutMs } = this.#options;
    const { signal } = this.#closing;
    const agent = new https.Agent(kept);
    agent.createConnection = ({ host, port }, callback) => {
      const name = host ?? "";
      const target = new URL(`https://${name.includes(":") ? `[${name}]` : name}:${port ?? 443}`);
      openTunnel(proxy, target, { timeoutMs: connectTimeoutMs, signal }).then(
        (socket) => {
          const secure = connect({ ...toTls(tls), socket, host: name, ...(isIP(name) === 0 && { servername: name }) });
          const leave = () => secure.destroy(signal.reason);
          signal.addEventListener("abort", leave, { once: true });
          secure.once("close", () => signal.removeEventListener("abort", leave));
          const fail = (error: Error) => {
            socket.destroy();
            callback?.(error, secure);
          };
          secure.setTimeout(connectTimeoutMs, () => secure.destroy(new Error("no TLS in time")));
          secure.once("error", fail);
          secure.once("secureConnect", () => {
            secure.setTimeout(0);
            secure.off("error", fail);
            callback?.(null, secure);
          });
        },
        (error) => callback?.(error, undefined as never),
      );
      return undefined;
    };
    this.#tunnels.set(proxy.href, agent);
    return agent;
  }
}

function toTls({ ca, cert, key, verify }: TlsOptions): https.AgentOptions {
  return {
    rejectUnauthorized: verify !== "nobody",
    ...(ca && { ca: [...ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}
