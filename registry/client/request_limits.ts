import { Bandwidth } from "../mirror/bandwidth.ts";
import type { Clock } from "./clock.ts";
import type { HttpRequest, HttpResponse, Transport } from "./transport.ts";

/** What is not done beyond. */
export interface RequestLimit {
  /** Answers on their way at once. */
  readonly concurrency?: number | undefined;
  /** Bytes of answers a second. */
  readonly bandwidth?: number | undefined;
}

/**
 * Keeps what is read over the transports that share it within a limit. Only reading counts: a request that writes may need
 * one that reads to come to its end, and would wait for it for ever.
 */
export class RequestLimits {
  readonly #concurrency: number;
  readonly #bandwidth: Bandwidth | undefined;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  constructor({ concurrency = Number.POSITIVE_INFINITY, bandwidth }: RequestLimit, clock?: Clock) {
    this.#concurrency = concurrency;
    this.#bandwidth = bandwidth === undefined ? undefined : new Bandwidth(bandwidth, clock);
  }

  /** The transport within the limit. */
  limit(next: Transport): Transport {
    return async (request) => {
      if (request.method !== "GET" && request.method !== "HEAD") return await next(request);
      await this.#enter(request);
      let isIn = true;
      const leave = () => {
        if (isIn) this.#leave();
        isIn = false;
      };
      try {
        return this.#watch(await next(request), leave, request.signal);
      } catch (error) {
        leave();
        throw error;
      }
    };
  }

  async #enter({ signal }: HttpRequest): Promise<void> {
    if (this.#running < this.#concurrency) {
      this.#running += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      this.#waiting.delete(resolve);
      reject(signal?.reason);
    };
    signal?.throwIfAborted();
    signal?.addEventListener("abort", abort, { once: true });
    this.#waiting.add(resolve);
    try {
      await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** The place goes to who has waited longest. */
  #leave(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }

  /** The answer, which leaves its place when it has been read or is disposed of. */
  #watch(response: HttpResponse, leave: () => void, signal: AbortSignal | undefined): HttpResponse {
    const bandwidth = this.#bandwidth;
    async function* read(): AsyncGenerator<Uint8Array> {
      try {
        for await (const bytes of response.body) {
          await bandwidth?.take(bytes.byteLength, signal && { signal });
          yield bytes;
        }
      } finally {
        leave();
      }
    }
    const dispose = async () => {
      leave();
      await response[Symbol.asyncDispose]();
    };
    const { status, headers, url } = response;
    return { status, headers, url, body: read(), [Symbol.asyncDispose]: dispose };
  }
}
