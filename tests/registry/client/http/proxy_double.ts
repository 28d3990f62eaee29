import http, { type IncomingMessage, type Server } from "node:http";
import https from "node:https";
import net from "node:net";
import type { Duplex } from "node:stream";
import { listen } from "../../server/test_server.ts";

/** A forward proxy that remembers what it was asked for. */
export interface ProxyDouble extends AsyncDisposable {
  readonly url: URL;
  /** `METHOD target authorization`, the last `-` for none. */
  readonly seen: readonly string[];
}

/** How a proxy behaves. */
export interface ProxyOptions {
  /** Where a name leads, instead of asking who knows names: `registry.lab:5000` to `127.0.0.1:1234`. */
  readonly routes?: Readonly<Record<string, string>>;
  /** Answers everything with that status. */
  readonly refusal?: number;
  /** Takes CONNECT and says nothing. */
  readonly silent?: true;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Opens a proxy that passes on plain requests and opens tunnels. */
export async function openProxyDouble({ routes = {}, refusal, silent, tls }: ProxyOptions = {}): Promise<ProxyDouble> {
  const seen: string[] = [];
  const note = ({ method, url, headers }: IncomingMessage) =>
    seen.push(`${method} ${url} ${headers["proxy-authorization"] ?? "-"}`);
  const open = new Set<Duplex>();
  const server: Server = tls ? https.createServer(tls) : http.createServer();
  server.on("request", (request, response) => {
    note(request);
    if (refusal !== undefined) return void response.writeHead(refusal).end();
    const target = new URL(request.url ?? "");
    const { "proxy-authorization": _shown, ...headers } = request.headers;
    const place = new URL(`http://${routes[target.host] ?? target.host}`);
    const onward = http.request(place, { method: request.method, path: target.pathname + target.search, headers });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  server.on("connect", (request: IncomingMessage, socket: Duplex, head: Uint8Array) => {
    note(request);
    open.add(socket);
    socket.on("error", () => socket.destroy());
    if (silent) return;
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal} no\r\nContent-Length: 0\r\n\r\n`);
    const { hostname, port } = new URL(`http://${routes[request.url ?? ""] ?? request.url}`);
    const onward = net.connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      if (head.byteLength > 0) onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  });
  const listening = await listen(server);
  const end = async () => {
    for (const socket of open) socket.destroy();
    await listening[Symbol.asyncDispose]();
  };
  return { url: new URL(`${tls ? "https" : "http"}://${listening.host}`), seen, [Symbol.asyncDispose]: end };
}
