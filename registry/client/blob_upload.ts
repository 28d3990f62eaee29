import type { BlobBody, CallOptions, ExpectedBlob } from "../registry.ts";
import { isRegistryError, RegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import type { DownloadMeans } from "./blob_download.ts";
import type { HttpUpload } from "./http_upload.ts";
import { delayBefore } from "./retries.ts";

/**
 * Fills an upload with a whole blob: in one request when all goes well; from where the registry stands when it does not
 * and the body can begin there, with a budget of tries that progress renews (contract B.6).
 */
export async function fillUpload(
  { connection, policy, random }: DownloadMeans,
  upload: HttpUpload,
  expected: ExpectedBlob,
  body: BlobBody,
  options: CallOptions,
): Promise<Descriptor> {
  const { digest } = expected;
  let failures = 0;
  for (;;) {
    const { size: first } = upload;
    const counter = new SentCounter(first);
    const length = expected.size === undefined ? undefined : expected.size - first;
    const stream = counter.count(typeof body === "function" ? body(first) : body, expected);
    try {
      await upload.finish(digest, { stream, ...(length !== undefined && { length }) }, options);
      return { mediaType: "application/octet-stream", digest, size: counter.end };
    } catch (error) {
      if (typeof body !== "function" || !isRegistryError(error)) throw error;
      // A token may end as the body goes out; the look at where the registry stands brings a new one, once.
      const isLogin = error.code === "UNAUTHORIZED" && failures === 0;
      if (!isLogin && !(error.code === "UNAVAILABLE" && error.retryable)) throw error;
      failures += 1;
      if (failures >= policy.attempts) throw error;
      await connection.clock.sleep(delayBefore(failures, undefined, policy, random), options);
      await upload.refresh(options);
      if (upload.size > first) failures = 0;
    }
  }
}

/** Counts bytes on their way out, and lets no more and no fewer go than were announced. */
class SentCounter {
  end: number;

  constructor(first: number) {
    this.end = first;
  }

  async *count(body: AsyncIterable<Uint8Array>, { digest, size }: ExpectedBlob): AsyncGenerator<Uint8Array> {
    for await (const bytes of body) {
      this.end += bytes.byteLength;
      if (size !== undefined && this.end > size) throw this.#wrong(digest, `more than ${size} bytes`);
      yield bytes;
    }
    if (size !== undefined && this.end < size) throw this.#wrong(digest, `${this.end} bytes instead of ${size}`);
  }

  #wrong(digest: Digest, found: string): RegistryError {
    return new RegistryError("SIZE_INVALID", `Cannot write "${digest}": found ${found}`);
  }
}
