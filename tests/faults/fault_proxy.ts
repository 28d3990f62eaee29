import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { type Fault, type FaultScript, noFaults, type RequestHead } from "./fault.ts";
import { ProxiedConnection } from "./proxied_connection.ts";

/** An end of the proxy. */
export type ProxyPlace = { kind: "tcp"; host: string; port: number } | { kind: "unix"; path: string };

/** What a fault befell. */
export interface Struck {
  request: RequestHead;
  fault: Fault;
}

/**
 * A proxy for HTTP/1.1 that passes bytes as they are, upgraded streams too, and does to requests what its script says.
 * Disposing it cuts every connection.
 */
export class FaultProxy implements AsyncDisposable {
  /** May be replaced at any time; decides when the head of a request has arrived. */
  script: FaultScript = noFaults;
  /** Every fault that came to pass, in order. */
  readonly struck: Struck[] = [];
  readonly #listen: ProxyPlace;
  readonly #findTarget: () => ProxyPlace;
  readonly #connections = new Set<ProxiedConnection>();
  #server: Server | undefined;
  #port = 0;

  constructor(listen: ProxyPlace, findTarget: () => ProxyPlace) {
    this.#listen = listen;
    this.#findTarget = findTarget;
  }

  /** The port that is listened on; 0 for a UNIX socket. */
  get port(): number {
    return this.#port;
  }

  /** Begins to listen, or does so again after {@link leave}, at the same place. */
  async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    if (this.#listen.kind === "unix") server.listen(this.#listen.path);
    else server.listen(this.#port || this.#listen.port, this.#listen.host);
    await once(server, "listening");
    const bound = server.address();
    this.#port = typeof bound === "object" && bound !== null ? bound.port : 0;
    this.#server = server;
  }

  /** Cuts every connection; new ones are taken. */
  cutAll(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Cuts every connection and refuses new ones, as a server does that has ended. */
  async leave(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.cutAll();
    await closed;
    if (this.#listen.kind === "unix") await rm(this.#listen.path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  #accept(client: Socket): void {
    const connection = new ProxiedConnection(client, connect(this.#findTarget()), {
      decide: (request) => {
        const fault = this.script(request);
        if (fault) this.struck.push({ request, fault });
        return fault;
      },
      closed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
  }
}

/** A proxy that listens. */
export async function openFaultProxy(listen: ProxyPlace, findTarget: () => ProxyPlace): Promise<FaultProxy> {
  const proxy = new FaultProxy(listen, findTarget);
  await proxy.listen();
  return proxy;
}

function connect(place: ProxyPlace): Socket {
  const at = place.kind === "unix" ? { path: place.path } : { host: place.host, port: place.port };
  return createConnection({ ...at, allowHalfOpen: true });
}
