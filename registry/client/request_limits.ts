import { Bandwidth } from "../bandwidth.ts";
import { signalOf } from "../call.ts";
import { Slots } from "../slots.ts";
import type { Clock } from "./clock.ts";
import type { HttpResponse, Transport } from "./http/transport.ts";

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
  readonly #slots: Slots;
  readonly #bandwidth: Bandwidth | undefined;

  constructor({ concurrency = Number.POSITIVE_INFINITY, bandwidth }: RequestLimit, clock?: Clock) {
    this.#slots = new Slots(concurrency);
    this.#bandwidth = bandwidth === undefined ? undefined : new Bandwidth(bandwidth, clock);
  }

  /** The transport within the limit. */
  limit(next: Transport): Transport {
    return async (request) => {
      if (request.method !== "GET" && request.method !== "HEAD") return await next(request);
      const slot = await this.#slots.take(signalOf(request));
      try {
        return this.#watch(await next(request), slot, request.signal);
      } catch (error) {
        slot[Symbol.dispose]();
        throw error;
      }
    };
  }

  /** The answer, which leaves its slot when it has been read or is disposed of. */
  #watch(response: HttpResponse, slot: Disposable, signal: AbortSignal | undefined): HttpResponse {
    const bandwidth = this.#bandwidth;
    async function* read(): AsyncGenerator<Uint8Array> {
      using _slot = slot;
      for await (const bytes of response.body) {
        await bandwidth?.take(bytes.byteLength, signal && { signal });
        yield bytes;
      }
    }
    const dispose = async () => {
      slot[Symbol.dispose]();
      await response[Symbol.asyncDispose]();
    };
    const { status, headers, url } = response;
    return { status, headers, url, body: read(), [Symbol.asyncDispose]: dispose };
  }
}
