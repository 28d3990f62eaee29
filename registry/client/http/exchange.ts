import { RegistryError } from "../../registry_error.ts";
import { messageOf } from "../../thrown.ts";
import type { AnswerBody } from "./answer_body.ts";
import type { AnswerHead } from "./answer_parser.ts";
import type { HttpConnection } from "./connection.ts";
import type { Lease } from "./connections.ts";
import { IdleWatch } from "./idle_watch.ts";
import { BodySourceError, sendRequest } from "./send_request.ts";
import { Silence } from "./silence.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

/** How long the stages of an exchange may take. */
export interface ExchangeLimits {
  /** From the end of the request to the answer's headers. */
  readonly headersTimeoutMs: number;
  /** Between two pieces of a body, in either direction. */
  readonly idleTimeoutMs: number;
}

/** One request and its answer, over a connection that is ours alone until the answer is read. */
export class Exchange {
  readonly #lease: Lease;
  readonly #request: HttpRequest;
  readonly #limits: ExchangeLimits;
  #watch: IdleWatch;
  readonly #abort: () => void;
  #state: "asking" | "answered" | "left" = "asking";
  /** Whether the connection, used before, ended without a byte of an answer. */
  isLost = false;

  constructor(lease: Lease, request: HttpRequest, limits: ExchangeLimits) {
    this.#lease = lease;
    this.#request = request;
    this.#limits = limits;
    const { connection } = lease;
    this.#watch = watchOver(connection);
    const { signal } = request;
    this.#abort = () => connection.destroy(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  async run(head: string): Promise<HttpResponse> {
    const { connection, origin } = this.#lease;
    const { signal, url, method, body } = this.#request;
    try {
      signal?.throwIfAborted();
      const { head: answered, body: answerBody } = connection.ask(method);
      this.#watch.start(this.#limits.idleTimeoutMs);
      const sent = sendRequest(connection, head, body, this.#watch).then(() => {
        // The body's source may come to its end when all is over.
        if (this.#state === "asking") this.#watch.start(this.#limits.headersTimeoutMs);
      });
      // A server may answer before it has read all: the answer counts then, not the broken pipe.
      const answer = await Promise.race([answered, sent.then(() => answered)]);
      this.#state = "answered";
      sent.catch(() => undefined);
      return this.#toResponse(answer, answerBody);
    } catch (error) {
      this.isLost = origin === "used" && connection.isUnanswered && !this.#watch.fired && signal?.aborted !== true;
      this.#leave(error);
      signal?.throwIfAborted();
      if (error instanceof BodySourceError) throw error.cause;
      if (error instanceof RegistryError) throw error;
      throw unavailable(`Cannot ${method} "${url.host}"`, error);
    }
  }

  #toResponse({ status, headers }: AnswerHead, body: AnswerBody): HttpResponse {
    const { url } = this.#request;
    this.#watch.stop();
    // Of its own: the body's source, which may still be waited for, is no reason to wait for the server.
    this.#watch = watchOver(this.#lease.connection);
    // What has come whole waits for its reader without the connection.
    if (body.isWhole) this.#leave();
    return { status, headers, url, body: this.#read(body), [Symbol.asyncDispose]: async () => this.#leave() };
  }

  async *#read(body: AnswerBody): AsyncGenerator<Uint8Array> {
    const { url, signal } = this.#request;
    if (this.#state !== "left") this.#watch.start(this.#limits.idleTimeoutMs);
    try {
      for (;;) {
        const piece = await body.next();
        if (!piece) return;
        this.#watch.pause();
        yield piece;
        this.#watch.resume();
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof RegistryError) throw error;
      throw unavailable(
        `Cannot read the answer of "${url.host}"`,
        this.#watch.fired ? new Error("no byte in time") : error,
      );
    } finally {
      this.#leave();
    }
  }

  /** The connection is another's from here on, or gone. */
  #leave(reason?: unknown): void {
    if (this.#state === "left") return;
    this.#state = "left";
    this.#watch.stop();
    this.#request.signal?.removeEventListener("abort", this.#abort);
    const { connection } = this.#lease;
    if (reason instanceof Error) connection.destroy(reason);
    this.#lease[Symbol.dispose]();
  }
}

/** Gives a connection up that is silent for too long. */
function watchOver(connection: HttpConnection): IdleWatch {
  return new IdleWatch(() => connection.destroy(new Silence()));
}

/** Why there is no answer, or no whole one. */
export function unavailable(what: string, cause: unknown): RegistryError {
  const found = messageOf(cause);
  // A certificate that is not believed will not be the next time: who waits for that only waits.
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? "");
  const isDistrust = /CERT|SELF_SIGNED|^UNABLE_TO_(?:GET|VERIFY)/.test(code);
  return new RegistryError("UNAVAILABLE", `${what}: ${found}`, { cause, retryable: !isDistrust });
}
