// Plays the faults that a real daemon does not show on request. What a healthy daemon does is tested with a real one.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { EngineAddress } from "../../src/docker/mod.ts";

/** Answers one request; what it throws becomes a 500. */
export type FakeAnswer = (request: FakeRequest, response: ServerResponse) => unknown;

/** Answers a request to turn the connection into a raw stream. */
export type FakeUpgrade = (request: FakeRequest, socket: Duplex) => void;

/** What came in, its path without the version. */
export interface FakeRequest {
  readonly method: string;
  /** The version in front of the path, or an empty text. */
  readonly apiVersion: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly message: IncomingMessage;
}

/** A daemon on a socket of its own. */
export interface FakeDaemon extends AsyncDisposable {
  readonly address: EngineAddress;
  /** `GET /v1.41/info` of every request so far. */
  readonly requests: readonly string[];
  /** Connections that are open now. */
  readonly connections: ReadonlySet<Socket>;
}

/** What dockerd 20.10.24 of Debian 12 answers, shortened. */
export const version20 = {
  Platform: { Name: "" },
  Version: "20.10.24+dfsg1",
  ApiVersion: "1.41",
  MinAPIVersion: "1.12",
  GitCommit: "5d6db84",
  GoVersion: "go1.19.8",
  Os: "linux",
  Arch: "amd64",
};

/** What dockerd 29.0.0 answers, shortened: it refuses API versions below 1.44. */
export const version29 = {
  Platform: { Name: "Docker Engine - Community" },
  Version: "29.0.0",
  ApiVersion: "1.52",
  MinAPIVersion: "1.44",
  GitCommit: "d105562",
  GoVersion: "go1.25.4",
  Os: "linux",
  Arch: "amd64",
};

/** Starts a daemon that answers GET /version itself, as dockerd 20.10 unless told otherwise. */
export async function startFakeDaemon(
  answer: FakeAnswer,
  options: { version?: unknown; upgrade?: FakeUpgrade } = {},
): Promise<FakeDaemon> {
  const requests: string[] = [];
  const server = createServer((message, response) => {
    requests.push(`${message.method} ${message.url}`);
    const request = toFakeRequest(message);
    if (request.path === "/version" && request.apiVersion === "") {
      return answerJson(response, 200, options.version ?? version20);
    }
    const answering = async () => await answer(request, response);
    answering().catch((error) => answerJson(response, 500, { message: String(error) }));
  });
  const { upgrade } = options;
  if (upgrade !== undefined) {
    server.on("upgrade", (message, socket) => {
      requests.push(`${message.method} ${message.url}`);
      // Read on, or the client's end goes unnoticed; and a server's half of an upgraded connection stays open.
      socket.on("error", () => undefined).on("end", () => socket.end());
      socket.resume();
      upgrade(toFakeRequest(message), socket);
    });
  }
  return { requests, ...(await listen(server)) };
}

/** Has a server listen on a socket in a folder of its own. */
export async function listen(server: Server): Promise<Omit<FakeDaemon, "requests">> {
  const folder = await mkdtemp(join(tmpdir(), "fake-daemon-"));
  const path = join(folder, "docker.sock");
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.on("error", () => undefined); // Clients that go away are what is tested.
    socket.on("close", () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    address: { kind: "unix", path },
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

/** What comes before the raw stream of an attach. */
export const upgradeHead =
  "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

/** Resolves when all clients have gone; a client that never goes ends the test by its time limit. */
export async function untilNobodyIsConnected(daemon: Pick<FakeDaemon, "connections">): Promise<void> {
  while (daemon.connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Answers with a document. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function toFakeRequest(message: IncomingMessage): FakeRequest {
  const url = new URL(message.url ?? "/", "http://daemon");
  const [, apiVersion = "", path = ""] = /^(?:\/v(\d+\.\d+))?(\/.*)$/.exec(url.pathname) ?? [];
  return { method: message.method ?? "", apiVersion, path, query: url.searchParams, message };
}
