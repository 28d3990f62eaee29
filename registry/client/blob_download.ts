import type { BlobContent, CallOptions, ReadBlobOptions } from "../registry.ts";
import { isRegistryError, RegistryError } from "../registry_error.ts";
import {
  type ByteRange,
  type ByteSpan,
  formatRangeHeader,
  outOfRange,
  parseContentRange,
  resolveRange,
} from "../values/byte_range.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import { countedStream, verifiedStream } from "../verified_stream.ts";
import type { HttpResponse } from "./http/transport.ts";
import { type MinimumRate, RateWatch } from "./rate_watch.ts";
import type { RegistryConnection } from "./registry_connection.ts";
import { delayBefore, type RetryPolicy } from "./retries.ts";

/** What a download is done with. */
export interface DownloadMeans {
  readonly connection: RegistryConnection;
  readonly policy: RetryPolicy;
  readonly random: () => number;
  readonly minimumRate?: MinimumRate;
  /** Told of a registry that makes bytes come twice. */
  readonly warn?: (text: string) => void;
}

/** Bytes that a resumed download has to bring before its failures are forgotten. */
const progressBytes = 64 * 1024;

/**
 * Reads a blob whose connection may break: what came is kept and the rest asked for by Range, with a budget of tries that
 * progress renews (contract J 25, 26, 28). Size and digest are checked before the last bytes come out.
 */
export async function downloadBlob(
  means: DownloadMeans,
  repository: string,
  digest: Digest,
  options: ReadBlobOptions = {},
): Promise<BlobContent> {
  const download = new BlobDownload(means, repository, digest, options);
  const { range } = options;
  const first = await download.open(range);
  const { size, at } = first;
  const descriptor: Descriptor = { mediaType: "application/octet-stream", digest, size };
  const span = range && resolveRange(range, size);
  if (range !== undefined && span === undefined) {
    await first.response[Symbol.asyncDispose]();
    throw outOfRange(descriptor);
  }
  const wanted = span ?? { first: 0, last: size - 1 };
  if (at > wanted.first) throw ignored(digest, `found an answer from byte ${at} on, expected ${wanted.first}`);
  const bytes = download.read(first.response, at, wanted, span ? "part" : "whole");
  const body = span
    ? countedStream(bytes, span.last - span.first + 1, `"${digest}"`)
    : verifiedStream(bytes, digest, size);
  const dispose = () => download[Symbol.asyncDispose]();
  return { descriptor, ...(span && { span }), body, [Symbol.asyncDispose]: dispose };
}

/** An answer, the byte that it begins at, and the size of the whole blob. */
interface Opened {
  readonly response: HttpResponse;
  readonly at: number;
  readonly size: number;
}

class BlobDownload implements AsyncDisposable {
  readonly #means: DownloadMeans;
  readonly #repository: string;
  readonly #digest: Digest;
  readonly #signal: AbortSignal | undefined;
  #current: HttpResponse | undefined;

  constructor(means: DownloadMeans, repository: string, digest: Digest, { signal }: CallOptions) {
    this.#means = means;
    this.#repository = repository;
    this.#digest = digest;
    this.#signal = signal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current?.[Symbol.asyncDispose]();
  }

  /** Asks for the blob, or a part; a server that knows no ranges answers with the whole. */
  async open(range: ByteRange | undefined): Promise<Opened> {
    const request = { kind: "blob_get", repository: this.#repository, digest: this.#digest } as const;
    const response = await this.#means.connection.ask(request, [200, 206], {
      headers: {
        // What is hashed are the bytes as they are stored: nobody may compress them on the way.
        "accept-encoding": "identity",
        ...(range && { range: formatRangeHeader(range) }),
      },
      ...(this.#signal && { signal: this.#signal }),
    });
    this.#current = response;
    if (response.status === 206) {
      const part = parseContentRange(response.headers["content-range"] ?? "");
      if (part === undefined) throw await this.#refuse(response, "found no Content-Range in a partial answer");
      return { response, at: part.first, size: part.size ?? (await this.#askSize()) };
    }
    const length = response.headers["content-length"];
    return { response, at: 0, size: length === undefined ? await this.#askSize() : Number(length) };
  }

  /**
   * Bytes of `wanted`, from a first answer that begins at byte `opensAt` and from as many more as it takes. A server that
   * ignores ranges sends more than a `part`, which is cut; more than the `whole` is for the check to see.
   */
  async *read(
    opened: HttpResponse,
    opensAt: number,
    wanted: ByteSpan,
    extent: "part" | "whole",
  ): AsyncGenerator<Uint8Array> {
    const { policy, minimumRate, connection } = this.#means;
    const watch = minimumRate && new RateWatch(minimumRate, connection.clock);
    let { response, at }: Pick<Opened, "response" | "at"> = { response: opened, at: opensAt };
    let position = wanted.first;
    let skip = position - at;
    let [failures, since] = [0, 0];
    for (;;) {
      try {
        watch?.wait();
        for await (const piece of response.body) {
          watch?.received(piece.byteLength, this.#digest);
          const part = piece.subarray(Math.min(skip, piece.byteLength));
          skip -= piece.byteLength - part.byteLength;
          if (part.byteLength === 0) continue;
          const rest = wanted.last + 1 - position;
          if (extent === "part" && rest <= 0) return;
          position += part.byteLength;
          since += part.byteLength;
          yield extent === "part" && part.byteLength > rest ? part.subarray(0, rest) : part;
          watch?.wait();
          if (extent === "part" && position > wanted.last && !endsAt(response, at, position)) return;
        }
        if (position > wanted.last) return;
        throw new RegistryError("UNAVAILABLE", `Cannot read "${this.#digest}": found its end at byte ${position}`);
      } catch (error) {
        if (position > wanted.last) return;
        if (!isRegistryError(error, "UNAVAILABLE") || !error.retryable) throw error;
        if (since >= progressBytes) failures = 0;
        failures += 1;
        since = 0;
        if (failures >= policy.attempts) throw error;
        await this.#pause(failures);
        ({ response, at } = await this.#resume(position, wanted.last));
        skip = position - at;
      }
    }
  }

  async #resume(position: number, last: number): Promise<Pick<Opened, "response" | "at">> {
    await this.#current?.[Symbol.asyncDispose]();
    const { response, at } = await this.open({ first: position, last });
    if (at > position) throw await this.#refuse(response, `found an answer from byte ${at} on, expected ${position}`);
    if (at < position) {
      this.#means.warn?.(`"${response.url.host}" does not know ranges: what breaks off comes again from its beginning`);
    }
    return { response, at };
  }

  async #pause(failures: number): Promise<void> {
    const { policy, random, connection } = this.#means;
    // The first failure is an accident: waiting would only cost time.
    if (failures === 1) return;
    const options = this.#signal ? { signal: this.#signal } : {};
    await connection.clock.sleep(delayBefore(failures - 1, undefined, policy, random), options);
  }

  async #askSize(): Promise<number> {
    const request = { kind: "blob_head", repository: this.#repository, digest: this.#digest } as const;
    const options = this.#signal ? { signal: this.#signal } : {};
    await using response = await this.#means.connection.ask(request, [200], options);
    const length = response.headers["content-length"];
    if (length === undefined || !/^\d{1,15}$/.test(length)) throw ignored(this.#digest, "found no size in any answer");
    return Number(length);
  }

  async #refuse(response: HttpResponse, found: string): Promise<RegistryError> {
    await response[Symbol.asyncDispose]();
    return ignored(this.#digest, found);
  }
}

function ignored(digest: Digest, found: string): RegistryError {
  return new RegistryError("CORRUPT", `Cannot read "${digest}": ${found}`);
}

/** Whether an answer that begins at a byte of the blob ends at another: its connection is used again by who reads to its end. */
function endsAt({ headers }: HttpResponse, first: number, end: number): boolean {
  return first + Number(headers["content-length"]) === end;
}
