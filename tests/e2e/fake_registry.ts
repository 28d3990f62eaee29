import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A registry on this host. Daemons speak to 127.0.0.0/8 without TLS, so it needs no configuration. */
export interface FakeRegistry extends AsyncDisposable {
  /** The reference of an image that it is asked for. */
  readonly image: string;
  /** Requests that it has had, and those of them that are still waiting for an answer. */
  readonly requests: { seen: number; waiting: number };
}

/** A registry that never answers. */
export function openSilentRegistry(): Promise<FakeRegistry> {
  return open(() => undefined);
}

/** A registry that has no image, and says so as registries do. */
export function openEmptyRegistry(): Promise<FakeRegistry> {
  const body = JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "no such manifest here" }] });
  return open((path, response) => {
    if (path === "/v2/") response.end("{}");
    else response.writeHead(404, { "content-type": "application/json" }).end(body);
  });
}

async function open(answer: (path: string, response: ServerResponse) => void): Promise<FakeRegistry> {
  const requests = { seen: 0, waiting: 0 };
  const server = createServer((request, response) => {
    requests.seen++;
    requests.waiting++;
    response.once("close", () => requests.waiting--);
    answer(request.url ?? "", response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { image: `127.0.0.1:${port}/nothing/here:1`, requests, [Symbol.asyncDispose]: () => close(server) };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
