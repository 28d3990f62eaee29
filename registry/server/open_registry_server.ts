import { createPrivateKey, X509Certificate } from "node:crypto";
import { lookup } from "node:dns/promises";
import http, { type Server } from "node:http";
import https from "node:https";
import { type AddressInfo, isIP, type Socket } from "node:net";
import type { Registry } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { messageOf } from "../thrown.ts";
import { type ServeOptions, serveRegistry } from "./serve_registry.ts";

/** Where a registry is served. */
export interface ListenOptions extends ServeOptions {
  /** By default this machine alone. */
  readonly hostname?: string;
  /** Zero takes any that is free. */
  readonly port: number;
  /** PEM texts; without, plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A connection on which nothing moves for that long is closed; two minutes. */
  readonly idleTimeoutMs?: number;
  /** How long requests that run may go on at the end; ten seconds. */
  readonly drainMs?: number;
}

/** A registry that listens. Disposing of it lets requests that run finish, for a while. */
export interface RegistryServer extends AsyncDisposable {
  /** Where it can be reached, such as `http://127.0.0.1:5000`. */
  readonly url: URL;
  /** Ends requests that run, for who does not wait for them. */
  hurry(): void;
}

/** Serves a registry on a port. UNAVAILABLE when the port is taken or the certificate cannot be used. */
export async function openRegistryServer(registry: Registry, options: ListenOptions): Promise<RegistryServer> {
  const { hostname = "127.0.0.1", port, tls, idleTimeoutMs = 120_000, drainMs = 10_000 } = options;
  const listener = serveRegistry(registry, options);
  // No limit on a request as a whole: a layer takes as long as it takes. Silence is what ends a connection.
  const settings = { requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 75_000 };
  const refuse = (error: unknown) => {
    const found = messageOf(error);
    return new RegistryError("UNAVAILABLE", `Cannot listen on "${hostname}:${port}": ${found}`, { cause: error });
  };
  try {
    if (tls) assertPair(tls);
    // A server that listens says of an unknown name what some runtimes make of it, such as that it is no terminal.
    if (isIP(hostname) === 0) await lookup(hostname);
    const server = tls ? https.createServer({ ...settings, ...tls }, listener) : http.createServer(settings, listener);
    server.setTimeout(idleTimeoutMs);
    server.on("clientError", answerNonsense);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, hostname, resolve);
    });
    const { port: taken } = server.address() as AddressInfo;
    const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
    const url = new URL(`${tls ? "https" : "http"}://${shown}:${taken}`);
    return { url, hurry: () => server.closeAllConnections(), [Symbol.asyncDispose]: () => close(server, drainMs) };
  } catch (error) {
    throw refuse(error);
  }
}

/** Throws when a certificate and a key are no pair, or none. Runtimes differ in when they look; some do when the first client comes. */
export function assertPair({ cert, key }: { cert: string; key: string }): void {
  if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return;
  throw new Error("the private key is not that of the certificate");
}

/**
 * What is no HTTP gets an answer that is: a client that says hello for TLS on a plain port tells by it that it has to do
 * without, where a closed connection would end its pull (contract B.9).
 */
function answerNonsense(_error: Error, socket: Pick<Socket, "writable" | "end" | "destroy">): void {
  if (!socket.writable) return void socket.destroy();
  const body = "This port speaks HTTP without TLS.\n";
  const lines = ["HTTP/1.1 400 Bad Request", "Connection: close", `Content-Length: ${body.length}`, "", body];
  socket.end(lines.join("\r\n"));
}

async function close(server: Server, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(timer);
}
