import type { IncomingMessage, ServerResponse } from "node:http";
import { type Call, decodeCall, type EventInit, encodeEvent } from "../../src/mesos/protocol.ts";
import { encodeRecord } from "../../src/mesos/recordio.ts";
import { inTime } from "./waiting.ts";

/** The media type of the executor API. */
export const mediaType = "application/x-protobuf";

/** A request as the agent received it. */
export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  /** Names as they were written, in their order. */
  headerNames: readonly string[];
  body: Uint8Array;
  /** Which of the agent's connections it came by, counted from 0. */
  connection: number;
}

/** One request that waits for the answer that a test gives it; without one it hangs. */
export class Exchange {
  readonly request: RecordedRequest;
  readonly #response: ServerResponse;

  constructor(request: RecordedRequest, response: ServerResponse) {
    this.request = request;
    this.#response = response;
  }

  /** What the request asks for; throws when its body is no call. */
  get call(): Call {
    return decodeCall(this.request.body);
  }

  /** Resolves when the answer is complete or the connection is gone. */
  get closed(): Promise<void> {
    return closed(this.#response);
  }

  /** Answers completely. */
  answer(status: number, options: { body?: string | Uint8Array; contentType?: string } = {}): void {
    const { body = "", contentType = "text/plain; charset=utf-8" } = options;
    const headers = body.length === 0 ? {} : { "content-type": contentType };
    this.#response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
    this.#response.end(body);
  }

  /** Begins an answer of 100 bytes and gives only these; `goOn`, `cut` or nothing may follow. */
  answerPartly(status: number, body: string | Uint8Array): void {
    this.#response.writeHead(status, { "content-length": 100 });
    this.#response.write(body);
  }

  /** More of the answer. */
  goOn(body: Uint8Array): void {
    this.#response.write(body);
  }

  /** Accepts a SUBSCRIBE. */
  openStream(options: { contentType?: string } = {}): EventStream {
    this.#response.writeHead(200, { "content-type": options.contentType ?? mediaType });
    this.#response.flushHeaders();
    return new EventStream(this.#response);
  }

  /** Closes the connection in the middle of whatever goes on. */
  cut(): void {
    this.#response.socket?.destroy();
  }
}

/** The answer to a SUBSCRIBE, as long as the test keeps it open. */
export class EventStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Resolves when the stream is over, whoever ended it. */
  get closed(): Promise<void> {
    return closed(this.#response);
  }

  event(event: EventInit): void {
    this.write(encodeRecord(encodeEvent(event)));
  }

  /** One chunk of any bytes. */
  write(bytes: Uint8Array): void {
    this.#response.write(bytes);
  }

  /** Ends the answer as HTTP wants it. */
  end(): void {
    this.#response.end();
  }

  /** Closes the connection in the middle of the answer, as the death of an agent does. */
  cut(): void {
    this.#response.socket?.destroy();
  }
}

function closed(response: ServerResponse): Promise<void> {
  if (response.closed) return Promise.resolve();
  return inTime(new Promise((resolve) => response.once("close", resolve)), "the end of an answer");
}
