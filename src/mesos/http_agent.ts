import type http from "node:http";
import { messageOf } from "../notation/thrown.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { type AgentAddress, formatAgentAddress } from "./agent_address.ts";
import { AgentError, toStatusError } from "./agent_error.ts";
import { type HttpTransport, plainTransport, postToAgent, readAnswer } from "./agent_request.ts";
import { type CallInit, decodeEvent, type Event, encodeCall } from "./protocol.ts";
import { decodeRecords, RecordError } from "./recordio.ts";

const mediaType = "application/x-protobuf";

/** Bytes of an error's body that are kept. */
const maxErrorBodyBytes = 64 * 1024;

/** How long an answer to a call may take to begin, and its body to end. */
const answerDeadlineMs = 30_000;

/** Options of {@link HttpAgent}. */
export interface HttpAgentOptions {
  token?: string;
  clock?: Clock;
  transport?: HttpTransport;
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
    this.#transport = options.transport ?? plainTransport;
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
    return postToAgent({
      action,
      address: this.address,
      transport: this.#transport,
      connections: agent,
      headers: {
        "Content-Type": mediaType,
        Accept: mediaType,
        ...(this.#token === undefined ? {} : { Authorization: `Bearer ${this.#token}` }),
      },
      body,
      clock: this.#clock,
      deadlineMs: answerDeadlineMs,
      signal,
    });
  }

  async *#readEvents(response: http.IncomingMessage): AsyncGenerator<Event, void, undefined> {
    try {
      for await (const record of decodeRecords(response)) yield toEvent(record);
    } catch (cause) {
      const code = cause instanceof RecordError ? "protocol" : "unreachable";
      const found = messageOf(cause);
      throw new AgentError(code, `Cannot read events from ${formatAgentAddress(this.address)}: ${found}`, { cause });
    } finally {
      response.destroy();
    }
  }

  #readAnswer(response: http.IncomingMessage): Promise<[status: number, body: string]> {
    return readAnswer(response, { maxBytes: maxErrorBodyBytes, clock: this.#clock, deadlineMs: answerDeadlineMs });
  }
}

/** The event in a record; throws {@link RecordError} when it holds none. */
function toEvent(record: Uint8Array): Event {
  try {
    return decodeEvent(record);
  } catch (cause) {
    throw new RecordError(`Cannot read event: ${messageOf(cause)}`, { cause });
  }
}
