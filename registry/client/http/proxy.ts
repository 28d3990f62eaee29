import { Buffer } from "node:buffer";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import { RegistryError, type RegistryErrorOptions } from "../../registry_error.ts";
import { messageOf } from "../../thrown.ts";
import { Silence } from "./silence.ts";

/**
 * The proxy on the way to a URL, undefined for none: `http[s]://[user:password@]host[:port]`. The variables of a process
 * are read by whoever makes one (contract B.9).
 */
export type ProxyFor = (url: URL) => URL | undefined;

/** A proxy's own address, without the credentials that its URL may hold: they are for it alone. */
export function addressOf(proxy: URL): URL {
  return new URL(proxy.origin);
}

/** What shows a proxy who we are. */
export function proxyAuthorizationOf({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** The error of a proxy that does not let us through; statuses that may pass are worth another try. */
export function proxyRefusal(proxy: URL, target: URL, status: number): RegistryError {
  const found = status === 407 ? "it asks for a login (407)" : `it answered ${status}`;
  return unreachable(proxy, target, found, { retryable: status >= 500 });
}

function unreachable(proxy: URL, target: URL, found: string, options: RegistryErrorOptions): RegistryError {
  const what = `Cannot reach "${target.host}" through the proxy "${proxy.host}"`;
  return new RegistryError("UNAVAILABLE", `${what}: ${found}`, options);
}

/**
 * Opens a way through a proxy to a host, over which TLS is spoken end to end: CONNECT of RFC 9110, 9.3.6. Throws RegistryError, or
 * the signal's reason.
 */
export async function openTunnel(
  proxy: URL,
  target: URL,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<Duplex> {
  signal.throwIfAborted();
  const authority = `${target.hostname}:${target.port || (target.protocol === "https:" ? "443" : "80")}`;
  const headers = { host: authority, ...proxyAuthorizationOf(proxy) };
  const common = { method: "CONNECT", path: authority, headers, agent: false } as const;
  const client =
    proxy.protocol === "https:" ? https.request(addressOf(proxy), common) : http.request(addressOf(proxy), common);
  return await new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    };
    const end = (error: unknown) => {
      settle();
      client.destroy();
      reject(error);
    };
    const leave = () => end(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    const fail = (found: string, cause?: unknown) => end(unreachable(proxy, target, found, { cause }));
    const silence = new Silence();
    const timer = setTimeout(() => fail(silence.message, silence), timeoutMs);
    const refuse = ({ statusCode = 0 }: IncomingMessage) => end(proxyRefusal(proxy, target, statusCode));
    client.once("connect", (message: IncomingMessage, socket: Duplex, head: Uint8Array) => {
      if ((message.statusCode ?? 0) < 200 || (message.statusCode ?? 0) > 299) {
        socket.destroy();
        return refuse(message);
      }
      settle();
      if (head.byteLength > 0) socket.unshift(head);
      resolve(socket);
    });
    client.once("response", refuse);
    client.on("error", (error) => fail(messageOf(error), error));
    client.end();
  });
}
