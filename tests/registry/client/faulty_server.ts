import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { serveRegistry } from "../../../registry/server/serve_registry.ts";
import { listen } from "../server/test_server.ts";

/** A request that came in, as tests look at it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** What a fault does with a request: answers it, or says `pass` so that the registry does. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
  at: { readonly count: number; readonly host: string },
) => "pass" | "done" | Promise<"pass" | "done">;

/** A registry that behaves as a fault says, and remembers what it was asked. */
export interface FaultyServer extends AsyncDisposable {
  readonly host: string;
  readonly registry: Registry;
  readonly seen: readonly Seen[];
  /** Requests whose method and URL a pattern matches, as `GET /v2/…`. */
  count(pattern: RegExp): number;
}

/** Serves `registry` with a fault in front; `count` tells the fault how many like requests came, from 1. */
export async function openFaultyServer(fault: Fault, registry: Registry = memoryRegistry()): Promise<FaultyServer> {
  const seen: Seen[] = [];
  const serve = serveRegistry(registry);
  const count = (pattern: RegExp) => seen.filter(({ method, url }) => pattern.test(`${method} ${url}`)).length;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, headers });
    const same = seen.filter((one) => one.method === method && one.url === url).length;
    const outcome = await fault(request, response, { count: same, host: headers.host ?? "" });
    if (outcome === "pass") serve(request, response);
  };
  const server = await listen(http.createServer((request, response) => void handle(request, response)));
  return { host: server.host, registry, seen, count, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Answers with a status, and JSON unless the text says otherwise. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: http.OutgoingHttpHeaders = {},
  body: string | Uint8Array = "",
): "done" {
  response.writeHead(status, headers);
  response.end(body);
  return "done";
}

/** Sends a part of a body whose length was promised, and cuts the connection. */
export function cut(
  response: ServerResponse,
  status: number,
  headers: http.OutgoingHttpHeaders,
  part: Uint8Array,
): Promise<"done"> {
  response.writeHead(status, headers);
  response.flushHeaders();
  return new Promise((resolve) => {
    const end = () => {
      response.destroy();
      resolve("done");
    };
    // Time for the bytes to leave: what is destroyed at once takes them along.
    if (part.byteLength === 0) setTimeout(end, 5);
    else response.write(part, () => setTimeout(end, 5));
  });
}
