import { Buffer } from "node:buffer";
import http from "node:http";
import {
  Call_Type,
  type CallInit,
  decodeEvent,
  type Event,
  encodeCall,
  type StatusInit,
  TaskStatus_Source,
} from "../../../src/mesos/protocol.ts";
import { RecordDecoder } from "../../../src/mesos/recordio.ts";
import { createUuid } from "../../../src/mesos/uuid.ts";

/** Where the raw client connects. */
export interface RawTarget {
  host?: string;
  port?: number;
  socketPath?: string | undefined;
}

/** An HTTP answer, its body complete. */
export interface RawReply {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** One request with nothing added to it. */
export function rawRequest(
  target: RawTarget,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: Uint8Array } = {},
): Promise<http.IncomingMessage> {
  const { method = "POST", path = "/slave(1)/api/v1/executor", headers = {}, body = new Uint8Array() } = options;
  const where = target.socketPath ? { socketPath: target.socketPath } : { host: target.host!, port: target.port! };
  return new Promise((resolve, reject) => {
    const request = http.request({ ...where, method, path, headers, agent: false }, resolve);
    request.on("error", reject);
    request.end(Buffer.from(body));
  });
}

/** The whole answer to one request. */
export async function rawExchange(...args: Parameters<typeof rawRequest>): Promise<RawReply> {
  const response = await rawRequest(...args);
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

/** The stream of one subscription. */
export class RawStream {
  readonly #response: http.IncomingMessage;
  #events: Event[] = [];
  #wake: (() => void)[] = [];
  /** How it ended. */
  ending: "open" | "end" | "error" = "open";

  constructor(response: http.IncomingMessage) {
    this.#response = response;
    const decoder = new RecordDecoder();
    response.on("data", (chunk: Uint8Array) => {
      for (const record of decoder.push(chunk)) {
        // A plain copy: views of a Buffer are Buffers, which differ from other bytes in comparisons.
        this.#events.push(decodeEvent(Uint8Array.from(record)));
      }
      this.#awake();
    });
    response.on("end", () => this.#close("end"));
    response.on("error", () => this.#close("error"));
    response.on("close", () => this.#close("error"));
  }

  /** The next event, or undefined when the stream has ended. */
  async next(): Promise<Event | undefined> {
    while (this.#events.length === 0 && this.ending === "open") {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
    return this.#events.shift();
  }

  /** The next `count` events. */
  async take(count: number): Promise<Event[]> {
    const events: Event[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (!event) throw new Error(`stream ended (${this.ending}) after ${events.length} of ${count} events`);
      events.push(event);
    }
    return events;
  }

  /** Takes the events that have come so far. */
  drain(): Event[] {
    return this.#events.splice(0);
  }

  /** Events that came and were not taken. */
  get pending(): readonly Event[] {
    return this.#events;
  }

  /** Resolves when the stream is over. */
  async ended(): Promise<"open" | "end" | "error"> {
    while (this.ending === "open") await new Promise<void>((resolve) => this.#wake.push(resolve));
    return this.ending;
  }

  /** Drops the connection. */
  destroy(): void {
    this.#response.destroy();
  }

  #close(how: "end" | "error"): void {
    if (this.ending === "open") this.ending = how;
    this.#awake();
  }

  #awake(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** An executor that does what a test says, byte by byte if need be. */
export class RawExecutor {
  readonly target: RawTarget;
  readonly ids: { frameworkId: { value: string }; executorId: { value: string } };
  readonly #token: string | undefined;

  constructor(target: RawTarget, frameworkId: string, executorId: string, options: { token?: string } = {}) {
    this.target = target;
    this.ids = { frameworkId: { value: frameworkId }, executorId: { value: executorId } };
    this.#token = options.token;
  }

  /** Sends a call; its ids are filled in. */
  call(call: CallInit): Promise<RawReply> {
    return this.send(encodeCall({ ...this.ids, ...call }));
  }

  /** Sends the bytes of a call. */
  send(body: Uint8Array): Promise<RawReply> {
    return rawExchange(this.target, { headers: this.#headers(), body });
  }

  /** Subscribes; throws when the answer is no stream. */
  async subscribe(subscribe: NonNullable<CallInit["subscribe"]> = {}): Promise<RawStream> {
    return await this.subscribeWith(encodeCall({ ...this.ids, type: Call_Type.SUBSCRIBE, subscribe }));
  }

  /** Subscribes with the bytes of a call. */
  async subscribeWith(body: Uint8Array): Promise<RawStream> {
    const response = await rawRequest(this.target, { headers: this.#headers(), body });
    if (response.statusCode === 200) return new RawStream(response);
    response.resume();
    throw new Error(`SUBSCRIBE was answered ${response.statusCode}`);
  }

  /** Sends a status; gives it back as it was sent. */
  async update(taskId: string, state: number, extra: StatusInit = {}): Promise<StatusInit> {
    const status = this.status(taskId, state, extra);
    const reply = await this.call({ type: Call_Type.UPDATE, update: { status } });
    if (reply.status !== 202) throw new Error(`UPDATE was answered ${reply.status}: ${reply.body}`);
    return status;
  }

  /** A status that an agent accepts. */
  status(taskId: string, state: number, extra: StatusInit = {}): StatusInit {
    const { executorId } = this.ids;
    const common = { taskId: { value: taskId }, executorId, source: TaskStatus_Source.EXECUTOR, uuid: createUuid() };
    return { ...common, state: state as NonNullable<StatusInit["state"]>, ...extra };
  }

  #headers(): Record<string, string> {
    const authorization: Record<string, string> = this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
    return { "Content-Type": "application/x-protobuf", Accept: "application/x-protobuf", ...authorization };
  }
}
