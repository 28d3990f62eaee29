import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentAddress } from "../../src/mesos/agent_address.ts";
import { Call_Type, decodeCall } from "../../src/mesos/protocol.ts";
import { Exchange, type RecordedRequest } from "./exchange.ts";
import { Mailbox } from "./mailbox.ts";

/** Where a scripted agent listens. */
export type ListeningPlace = "127.0.0.1" | "::1" | "unix";

/** Path of the executor API of every scripted agent. */
export const apiPath = "/slave(1)/api/v1/executor";

/** A scripted agent, listening; disposing of it closes all of its connections. */
export async function openScriptedAgent(
  options: { place?: ListeningPlace; tls?: ServerTls } = {},
): Promise<ScriptedAgent> {
  const { place = "127.0.0.1" } = options;
  const folder = place === "unix" ? await mkdtemp(join(tmpdir(), "mesos-docker-agent-")) : undefined;
  const agent = new ScriptedAgent(
    folder === undefined ? { host: place, port: 0 } : { path: join(folder, "agent.sock") },
    options.tls,
  );
  await agent.listen();
  return agent;
}

/** Certificates of an agent that speaks TLS alone, and whether it wants the executor's. */
export interface ServerTls {
  ca: string;
  cert: string;
  key: string;
  requestCert: boolean;
}

type Listening = { host: string; port: number } | { path: string };

/**
 * The executor API of an agent as a real HTTP server that does nothing by itself: a test takes each request and
 * answers it, or does not. Everything that came in is recorded.
 */
class ScriptedAgent implements AsyncDisposable {
  /** Every request so far, in order of arrival. */
  readonly requests: RecordedRequest[] = [];
  readonly #subscribes = new Mailbox<Exchange>("a SUBSCRIBE");
  readonly #calls = new Mailbox<Exchange>("a call");
  readonly #connections: Socket[] = [];
  readonly #tls: ServerTls | undefined;
  #listening: Listening;
  #server: Server | undefined;

  constructor(listening: Listening, tls?: ServerTls) {
    this.#listening = listening;
    this.#tls = tls;
  }

  /** Where an executor finds this agent. */
  get address(): AgentAddress {
    if ("path" in this.#listening) return { kind: "unix", socketPath: this.#listening.path, path: apiPath };
    return { kind: "tcp", ...this.#listening, path: apiPath };
  }

  /** How many connections have been made to it. */
  get connectionCount(): number {
    return this.#connections.length;
  }

  /** How many of them are open. */
  get openConnectionCount(): number {
    return this.#connections.filter(({ destroyed }) => !destroyed).length;
  }

  /** The oldest SUBSCRIBE that was not taken yet. */
  nextSubscribe(): Promise<Exchange> {
    return this.#subscribes.take();
  }

  /** The oldest other call that was not taken yet. */
  nextCall(): Promise<Exchange> {
    return this.#calls.take();
  }

  /** The next call, accepted as an agent does. */
  async acceptCall(): Promise<Exchange> {
    const exchange = await this.nextCall();
    exchange.answer(202);
    return exchange;
  }

  /** Begins to take connections, after {@link stop} at the same place as before. */
  async listen(): Promise<void> {
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      // A request that breaks off or holds no call is the executor's fault: the agent says so, and its test fails.
      this.#receive(request, response).catch((error: Error) => response.writeHead(400).end(error.message));
    };
    const tls = this.#tls;
    const server = tls
      ? createTlsServer({ ...tls, rejectUnauthorized: tls.requestCert }, listener)
      : createServer(listener);
    server.on("connection", (socket) => this.#connections.push(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#listening, resolve);
    });
    this.#server = server;
    if ("port" in this.#listening) {
      this.#listening = { ...this.#listening, port: (server.address() as AddressInfo).port };
    }
  }

  /** Dies: cuts every connection and takes no others until {@link listen}. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const isClosed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await isClosed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if ("path" in this.#listening) await rm(join(this.#listening.path, ".."), { recursive: true, force: true });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const recorded = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      headerNames: request.rawHeaders.filter((_, index) => index % 2 === 0),
      body: new Uint8Array(Buffer.concat(chunks)),
      connection: this.#connections.indexOf(request.socket),
    };
    this.requests.push(recorded);
    const isSubscribe = decodeCall(recorded.body).type === Call_Type.SUBSCRIBE;
    (isSubscribe ? this.#subscribes : this.#calls).put(new Exchange(recorded, response));
  }
}

export type { ScriptedAgent };
