import { Buffer } from "node:buffer";
import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { EmbeddedAgentError } from "../embedded_error.ts";

/** Where to listen; port 0 is any free one. */
export type ListenerAddress = { kind: "tcp"; host: string; port: number } | { kind: "unix"; path: string };

/** A server and the connections to it. */
export interface Listener {
  /** The port that is listened on; 0 for a UNIX socket. */
  readonly port: number;
  /**
   * Cuts every connection and stops listening, as the end of an agent's process does. Bun tells of a connection only
   * with its first byte: one that never sent any stays with its client, and keeps nothing here alive.
   */
  close(): Promise<void>;
}

/** Longest path that agents accept for a socket: one that fits into a `sockaddr_un` (contract A.2). */
const maxSocketPathBytes = 107;

/** Listens; throws `address` when it cannot. */
export async function openListener(address: ListenerAddress, listen: RequestListener): Promise<Listener> {
  const pathBytes = address.kind === "unix" ? Buffer.byteLength(address.path) : 0;
  if (pathBytes > maxSocketPathBytes) {
    const message = `it has ${pathBytes} bytes, a socket's path at most ${maxSocketPathBytes}`;
    throw new EmbeddedAgentError("address", `Cannot listen on "${toText(address)}": ${message}`);
  }
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, listen);
  // Agents never cut a silent connection: a stream may be quiet for 30 minutes.
  server.timeout = 0;
  server.keepAliveTimeout = 0;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const port = await listening(server, address);
  return { port, close: () => closed(server, sockets) };
}

function listening(server: Server, address: ListenerAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new EmbeddedAgentError("address", `Cannot listen on "${toText(address)}": ${cause.message}`, { cause }));
    });
    const done = () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
    };
    if (address.kind === "unix") server.listen(address.path, done);
    else server.listen(address.port, address.host, done);
  });
}

function closed(server: Server, sockets: Iterable<Socket>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
  });
}

function toText(address: ListenerAddress): string {
  return address.kind === "unix" ? address.path : `${address.host}:${address.port}`;
}
