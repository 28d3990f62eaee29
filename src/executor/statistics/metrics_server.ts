import { lstat, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import type { Log } from "../../runtime/log.ts";
import type { MetricsPlace } from "../setting_values.ts";

/** A server that has a place of its own until it is disposed. */
export interface MetricsServer extends AsyncDisposable {
  /** Port, or path of the socket, that it listens at. */
  readonly place: string;
}

/** Answers GET /metrics at a place, by HTTP. Rejects with the system's error when the place is taken. */
export async function openMetricsServer(
  place: MetricsPlace,
  write: () => Promise<{ contentType: string; text: string }>,
  log: Log,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end("Cannot find that: metrics are at /metrics\n");
      return;
    }
    write().then(
      ({ contentType, text }) => response.writeHead(200, { "content-type": contentType }).end(text),
      (error: unknown) => {
        log.error("cannot write metrics", { error: String(error) });
        response.writeHead(500).end("Cannot write metrics: see the log\n");
      },
    );
  });
  await listen(server, place);
  // Whoever scrapes keeps no executor alive.
  server.unref();
  return {
    place: describePlace(server),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (place.kind === "unix") await rm(place.path, { force: true });
    },
  };
}

async function listen(server: Server, place: MetricsPlace): Promise<void> {
  try {
    await listenOnce(server, place);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    if (place.kind !== "unix" || !isTaken || !(await isAbandoned(place.path))) throw error;
    // Left behind by an executor that was killed.
    await rm(place.path, { force: true });
    await listenOnce(server, place);
  }
}

function listenOnce(server: Server, place: MetricsPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const listening = () => {
      server.off("error", reject);
      resolve();
    };
    if (place.kind === "unix") server.listen(place.path, listening);
    else server.listen(place.port, place.host, listening);
  });
}

/** Whether it is a socket that nobody listens at; anything else is not ours to remove. */
async function isAbandoned(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return false;
  return await new Promise((resolve) => {
    const socket = connect(path);
    const answer = (isAlone: boolean) => {
      socket.destroy();
      resolve(isAlone);
    };
    socket.once("connect", () => answer(false));
    socket.once("error", (error: NodeJS.ErrnoException) => answer(error.code === "ECONNREFUSED"));
  });
}

function describePlace(server: Server): string {
  const address = server.address();
  return typeof address === "string" ? address : String(address?.port ?? "");
}
