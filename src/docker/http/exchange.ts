import { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { EngineError, isPassingStatus, toErrorCode } from "../engine_error.ts";
import { FrameError } from "../frames.ts";
import { JsonLineError } from "../json_lines.ts";
import { toObject } from "../json_value.ts";
import { type CallGuard, cannot } from "./call_guard.ts";
import type { WireResponse } from "./transport.ts";

/** Most that is read of an answer that is one document. */
const maxDocumentBytes = 64 * 1024 * 1024;

/** Most that is read of an answer that explains an error. */
const maxErrorBytes = 64 * 1024;

/** Most of an explanation that becomes part of a message. */
const maxErrorText = 2000;

/** A call whose headers have been answered. Disposing it closes its connection. */
export class Exchange implements Disposable {
  readonly guard: CallGuard;
  readonly status: number;
  readonly #body: Readable;
  #isDisposed = false;

  constructor(response: WireResponse, guard: CallGuard) {
    this.guard = guard;
    this.status = response.status;
    this.#body = response.body;
    // The platform's signal ends a request, but not the upgraded connection that has come of it.
    guard.signal.addEventListener("abort", () => this.#body.destroy(), { once: true });
    if (guard.signal.aborted) this.#body.destroy();
  }

  /** The body as it comes; throws EngineError, also when the connection breaks. */
  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#body) yield chunk;
    } catch (cause) {
      throw this.toError(cause);
    }
    // A body that was destroyed may end like one that is complete.
    if (this.#isDisposed || this.guard.signal.aborted) throw this.toError(undefined);
  }

  /** The body as one JSON value, read by `read`, whose SyntaxErrors become EngineErrors. */
  async document<T>(read: (value: unknown) => T): Promise<T> {
    const bytes = await this.#collect(maxDocumentBytes);
    if (bytes.length === maxDocumentBytes) throw this.fault(`the answer has more than ${maxDocumentBytes} bytes`);
    try {
      return read(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (cause) {
      throw cause instanceof SyntaxError ? this.fault(`the answer makes no sense (${cause.message})`, cause) : cause;
    }
  }

  /** Reads the body to its end and forgets it. */
  async drain(): Promise<void> {
    for await (const _ of this.chunks());
  }

  /** The error that the status means, with the daemon's own words. */
  async toStatusError(): Promise<EngineError> {
    const { status } = this;
    const said = toErrorText(await this.#collect(maxErrorBytes));
    const found = said === "" ? `the Docker daemon answered ${status}` : `${said} (status ${status})`;
    const options = { status, retryable: isPassingStatus(status) };
    return new EngineError(toErrorCode(status), `${cannot(this.guard.call)}: ${found}`, options);
  }

  /** An error about what the daemon sent. */
  fault(found: string, cause?: unknown): EngineError {
    return new EngineError("failed", `${cannot(this.guard.call)}: ${found}`, { cause });
  }

  /** Turns what was thrown while the body was read into an EngineError. */
  toError(cause: unknown): EngineError {
    if (this.guard.signal.aborted) return this.guard.signal.reason;
    if (this.#isDisposed) return new EngineError("aborted", `${cannot(this.guard.call)}: given up`, { cause });
    if (cause instanceof EngineError) return cause;
    if (cause instanceof FrameError || cause instanceof JsonLineError) return this.fault(cause.message, cause);
    const found = "the Docker daemon closed the connection before its answer was complete";
    return new EngineError("failed", `${cannot(this.guard.call)}: ${found}`, { cause, retryable: true });
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#body.destroy();
    this.guard[Symbol.dispose]();
  }

  async #collect(maxBytes: number): Promise<Uint8Array> {
    const whole: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.chunks()) {
      whole.push(chunk.subarray(0, maxBytes - length));
      length = Math.min(maxBytes, length + chunk.length);
      if (length === maxBytes) break;
    }
    return Buffer.concat(whole);
  }
}

/** The daemon explains errors as `{"message": …}`; proxies and others say anything. */
function toErrorText(body: Uint8Array): string {
  const text = new TextDecoder().decode(body).trim();
  return toDaemonMessage(text).slice(0, maxErrorText);
}

function toDaemonMessage(text: string): string {
  try {
    const { message } = toObject(JSON.parse(text));
    return typeof message === "string" ? message.trim() : text;
  } catch {
    // Not JSON, or not an object: then the text speaks for itself.
    return text;
  }
}
