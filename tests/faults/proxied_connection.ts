import { Buffer } from "node:buffer";
import { once } from "node:events";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { sleep, systemClock } from "../../src/runtime/clock.ts";
import type { Fault, RequestHead } from "./fault.ts";
import { type RequestPart, RequestSplitter } from "./request_splitter.ts";

/** Who decides, and who hears of the end. */
export interface ConnectionListener {
  decide(request: RequestHead): Fault | undefined;
  closed(): void;
}

/** What becomes of the server's bytes. */
type AnswerManner =
  | { kind: "passes" }
  | { kind: "vanishes" }
  | { kind: "ends"; afterBytes: number; manner: "cut" | "hanging" };

/** One connection of a client, and the one to the server that belongs to it. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #listener: ConnectionListener;
  readonly #closing = new AbortController();
  readonly #splitter = new RequestSplitter();
  #requests: "pass" | "vanish" = "pass";
  #answers: AnswerManner = { kind: "passes" };

  constructor(client: Socket, server: Socket, listener: ConnectionListener) {
    this.#client = client;
    this.#server = server;
    this.#listener = listener;
    for (const socket of [client, server]) {
      // A broken connection is what this is for; its other half breaks with it.
      socket.on("error", () => this.close());
      socket.on("close", () => this.close());
    }
    void this.#pump();
    server.on("data", (bytes: Buffer) => this.#answer(bytes));
    server.on("end", () => client.end());
    client.on("drain", () => server.resume());
  }

  /** Breaks both halves. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new Error("the connection is closed"));
    this.#client.destroy();
    this.#server.destroy();
    this.#listener.closed();
  }

  /** One part after the other, however long a fault holds one up. */
  async #pump(): Promise<void> {
    try {
      for await (const bytes of this.#client) for (const part of this.#splitter.push(bytes)) await this.#pass(part);
      this.#server.end();
    } catch {
      // Whatever ends the client's stream early ends the connection.
      this.close();
    }
  }

  async #pass(part: RequestPart): Promise<void> {
    if (part.kind === "head") await this.#suffer(this.#listener.decide(part.request));
    if (this.#requests === "vanish" || this.#closing.signal.aborted) return;
    const { signal } = this.#closing;
    if (!this.#server.write(part.bytes)) await once(this.#server, "drain", { signal });
  }

  async #suffer(fault: Fault | undefined): Promise<void> {
    switch (fault?.kind) {
      case "delay":
        return await sleep(systemClock, fault.ms, { signal: this.#closing.signal });
      case "cut":
        if (fault.at === "request") return this.close();
        this.#answers = { kind: "ends", afterBytes: fault.afterBytes, manner: "cut" };
        return;
      case "status":
        this.#requests = "vanish";
        this.#client.end(formatAnswer(fault));
        return;
      case "hang":
        if (fault.at === "request") this.#requests = "vanish";
        else this.#answers = { kind: "ends", afterBytes: fault.afterBytes ?? 0, manner: "hanging" };
        return;
    }
  }

  #answer(bytes: Buffer): void {
    const manner = this.#answers;
    if (manner.kind === "vanishes") return;
    if (manner.kind === "ends" && manner.afterBytes <= bytes.length) {
      const close = () => manner.manner === "cut" && this.close();
      this.#client.write(bytes.subarray(0, manner.afterBytes), close);
      this.#answers = { kind: "vanishes" };
      return;
    }
    if (manner.kind === "ends") this.#answers = { ...manner, afterBytes: manner.afterBytes - bytes.length };
    if (!this.#client.write(bytes)) this.#server.pause();
  }
}

function formatAnswer({ status, body, headers: more = {} }: Fault & { kind: "status" }): string {
  const length = Buffer.byteLength(body);
  const type = body.startsWith("{") ? "application/json" : "text/plain";
  const headers = [`Content-Type: ${type}`, `Content-Length: ${length}`, "Connection: close"];
  headers.push(...Object.entries(more).map(([name, value]) => `${name}: ${value}`));
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Fault"}\r\n${headers.join("\r\n")}\r\n\r\n${body}`;
}
