import { Buffer } from "node:buffer";
import http from "node:http";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { type AgentAddress, formatAgentAddress } from "./agent_address.ts";
import { AgentError, toStatusError } from "./agent_error.ts";
import type { AgentTls } from "./agent_tls.ts";
import { type CallInit, decodeEvent, type Event, encodeCall } from "./protocol.ts";
import { decodeRecords, RecordError } from "./recordio.ts";

const mediaType = "application/x-protobuf";

/** Bytes of an error's body that are kept. */
const maxErrorBodyBytes = 64 * 1024;

/** Silence after which the kernel asks whether the peer is still there. */
const keepAliveMs = 60_000;

/** How long an answer to a call may take to begin, and its body to end. */
const answerDeadlineMs = 30_000;

/** How requests are made: by node:http, or as {@link openTlsTransport} makes them. */
export interface HttpTransport {
  request: (options: http.RequestOptions) => http.ClientRequest;
  Agent: typeof http.Agent;
  /** Certificates and the like, for every request. */
  options?: object;
}

/** Options of {@link HttpAgent}. */
export interface HttpAgentOptions {
  token?: string;
  clock?: Clock;
  transport?: HttpTransport;
}

/** Requests by TLS; node:https is loaded when somebody needs it, because every executor would pay for it at its start. */
export async function openTlsTransport({ ca, cert, key, verify }: AgentTls): Promise<HttpTransport> {
  const https = await import("node:https");
  const own = cert !== undefined && key !== undefined ? { cert, key } : {};
  const options = { ...(ca ? { ca: [...ca] } : {}), ...own, rejectUnauthorized: verify === "agent" };
  return { request: https.request, Agent: https.Agent, options };
}

/**
 * The executor API of one agent over `node:http` (contract A.4): one connection for the stream of SUBSCRIBE, one for
 * every other call. Calls are sent one after another, so that updates arrive in the order in which they were made.
 */
export class HttpAgent implements Disposable {
  readonly address: AgentAddress;
  readonly #token: string | undefined;
  readonly #clock: Clock;
  readonly #transport: HttpTransport;
  readonly #streamAgent: http.Agent;
  readonly #callAgent: http.Agent;
  #lastCall: Promise<unknown> = Promise.resolve();

  constructor(address: AgentAddress, options: HttpAgentOptions = {}) {
    this.address = address;
    this.#token = options.token;
    this.#clock = options.clock ?? systemClock;
    this.#transport = options.transport ?? { request: http.request, Agent: http.Agent };
    this.#streamAgent = new this.#transport.Agent({ keepAlive: true, maxSockets: 1 });
    this.#callAgent = new this.#transport.Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** Opens the event stream; throws {@link AgentError}. The stream ends with an error when the agent goes away. */
  async subscribe(call: CallInit, options: { signal: AbortSignal }): Promise<AsyncIterable<Event>> {
    const response = await this.#post("subscribe", this.#streamAgent, encodeCall(call), options.signal);
    if (response.statusCode !== 200) throw toStatusError("subscribe", ...(await this.#readAnswer(response)));
    if (response.headers["content-type"] !== mediaType) {
      response.destroy();
      const found = response.headers["content-type"] ?? "no Content-Type";
      throw new AgentError("protocol", `Cannot subscribe: expected a stream of ${mediaType}, found ${found}`);
    }
    return this.#readEvents(response);
  }

  /** Sends any other call, after those before it; resolves when the agent has accepted it (202). */
  send(action: string, call: CallInit, options: { signal: AbortSignal }): Promise<void> {
    const bytes = encodeCall(call);
    const sent = this.#lastCall.then(async () => {
      const response = await this.#post(action, this.#callAgent, bytes, options.signal);
      // Read to its end: only then is the connection free for the next call.
      const [status, body] = await this.#readAnswer(response);
      if (status !== 202) throw toStatusError(action, status, body);
    });
    // The next call follows whatever became of this one; whoever awaits `sent` is told of its failure.
    this.#lastCall = sent.catch(() => undefined);
    return sent;
  }

  /** Closes both connections. */
  [Symbol.dispose](): void {
    this.#streamAgent.destroy();
    this.#callAgent.destroy();
  }

  #post(action: string, agent: http.Agent, body: Uint8Array, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { address } = this;
    const target =
      address.kind === "unix" ? { socketPath: address.socketPath } : { host: address.host, port: address.port };
    return new Promise((resolve, reject) => {
      const toAgentError = (cause: Error) =>
        signal.aborted
          ? signal.reason
          : new AgentError("unreachable", `Cannot ${action} at ${formatAgentAddress(address)}: ${cause.message}`, {
              cause,
            });
      if (signal.aborted) return reject(signal.reason);
      const request = this.#transport.request({
        ...target,
        ...this.#transport.options,
        agent,
        method: "POST",
        path: address.path,
        signal,
        headers: {
          "Content-Type": mediaType,
          Accept: mediaType,
          "Content-Length": body.length,
          ...(address.kind === "unix" ? { Host: "agent" } : {}),
          ...(this.#token === undefined ? {} : { Authorization: `Bearer ${this.#token}` }),
        },
      });
      const deadline = this.#clock.schedule(answerDeadlineMs, () =>
        request.destroy(new Error(`no answer in ${answerDeadlineMs / 1000} s`)),
      );
      // A peer that is gone without a word is told by the kernel: a stream may be silent for half an hour.
      request.on("socket", (socket) => socket.setKeepAlive(true, keepAliveMs));
      request.on("response", (response) => {
        deadline.cancel();
        resolve(response);
      });
      request.on("error", (error) => {
        deadline.cancel();
        reject(toAgentError(error));
      });
      request.end(body);
    });
  }

  async *#readEvents(response: http.IncomingMessage): AsyncGenerator<Event, void, undefined> {
    try {
      for await (const record of decodeRecords(response)) yield toEvent(record);
    } catch (cause) {
      const code = cause instanceof RecordError ? "protocol" : "unreachable";
      const found = cause instanceof Error ? cause.message : String(cause);
      throw new AgentError(code, `Cannot read events from ${formatAgentAddress(this.address)}: ${found}`, { cause });
    } finally {
      response.destroy();
    }
  }

  /** Status and body of an answer that is no stream. The status counts, so what is missing of the body is let go. */
  async #readAnswer(response: http.IncomingMessage): Promise<[status: number, body: string]> {
    const chunks: Uint8Array[] = [];
    let left = maxErrorBodyBytes;
    const deadline = this.#clock.schedule(answerDeadlineMs, () => response.destroy());
    try {
      for await (const chunk of response) {
        chunks.push(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) break;
      }
    } catch {
      // Cut off, given up, or too slow: the body ends here.
    } finally {
      deadline.cancel();
    }
    return [response.statusCode ?? 0, Buffer.concat(chunks).toString("utf8")];
  }
}

/** The event in a record; throws {@link RecordError} when it holds none. */
function toEvent(record: Uint8Array): Event {
  try {
    return decodeEvent(record);
  } catch (cause) {
    throw new RecordError(`Cannot read event: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
