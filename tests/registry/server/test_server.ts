import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "../../../registry/registry.ts";
import { type ServeOptions, serveRegistry } from "../../../registry/server/serve_registry.ts";

/** A server of a registry on a port of its own. */
export interface TestServer extends AsyncDisposable {
  readonly host: string;
}

export async function openTestServer(registry: Registry, options: ServeOptions = {}): Promise<TestServer> {
  return await listen(http.createServer(serveRegistry(registry, options)));
}

/** Any listener on a port of its own. */
export async function listen(server: http.Server): Promise<TestServer> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
