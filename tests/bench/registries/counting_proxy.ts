import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";

/** Stands in front of a registry and counts what it is asked for. */
export interface CountingProxy extends AsyncDisposable {
  readonly host: string;
  /** GET requests of blobs so far. */
  readonly blobGets: number;
}

/** Opens a proxy of `host` on a port of its own. */
export async function openCountingProxy(host: string): Promise<CountingProxy> {
  let blobGets = 0;
  const [hostname = "", port = ""] = host.split(":");
  const server = createServer((incoming, response) => {
    const { method = "GET", url: path = "/", headers } = incoming;
    if (method === "GET" && path.includes("/blobs/")) blobGets += 1;
    const forwarded = request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // A client that leaves ends both; the measurement itself sees what it did not get.
      pipeline(answer, response).catch(() => forwarded.destroy());
    });
    forwarded.on("error", (error) => response.destroy(error));
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${address.port}`,
    get blobGets() {
      return blobGets;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
