import type { BlobBody, CallOptions, ExpectedBlob } from "../registry.ts";
import { isRegistryError, RegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import type { DownloadMeans } from "./blob_download.ts";
import type { HttpUpload } from "./http_upload.ts";
import { delayBefore } from "./retries.ts";
import { openUploadSession, type UploadSession } from "./upload_session.ts";
import type { UploadSessions } from "./upload_sessions.ts";

/** What an upload is done with. */
export interface UploadMeans extends DownloadMeans {
  readonly sessions?: UploadSessions;
}

/**
 * Writes a whole blob: in one request when all goes well. Where the body can begin anywhere, an upload that broke goes on from where
 * the registry stands, with a budget of tries that progress renews (contract B.6), and so does a large one that another process has
 * begun. What was sent before is not read again: the registry checks the digest of the whole, and one that does not match is sent
 * anew from its beginning, once.
 */
export async function pushRemoteBlob(
  means: UploadMeans,
  repository: string,
  expected: ExpectedBlob,
  body: BlobBody,
  options: CallOptions,
): Promise<Descriptor> {
  const { sessions, connection } = means;
  const isResumable = typeof body === "function";
  await using session = await openUploadSession(
    { connection, repository, expected, ...(isResumable && sessions && { sessions }) },
    options,
  );
  try {
    const written = await fill(means, session, expected, body, options);
    await session.forget();
    return written;
  } catch (error) {
    const isBrokenOff = options.signal?.aborted === true || isWorthAnother(error);
    await session.leave(isBrokenOff ? "to be gone on with" : "of no use");
    throw error;
  }
}

async function fill(
  { connection, policy, random }: UploadMeans,
  session: UploadSession,
  expected: ExpectedBlob,
  body: BlobBody,
  options: CallOptions,
): Promise<Descriptor> {
  const { digest } = expected;
  let failures = 0;
  let mayBegin = true;
  for (;;) {
    const { size: first } = session.upload;
    try {
      return {
        mediaType: "application/octet-stream",
        digest,
        size: await send(session.upload, expected, body, options),
      };
    } catch (error) {
      if (typeof body !== "function" || !isRegistryError(error)) throw error;
      if (first > 0 && mayBegin && isRefusal(error)) {
        mayBegin = false;
        await session.renew(options);
        continue;
      }
      // A token may end as the body goes out; the look at where the registry stands brings a new one, once.
      const isLogin = error.code === "UNAUTHORIZED" && failures === 0;
      if (!isLogin && !isWorthAnother(error)) throw error;
      failures += 1;
      if (failures >= policy.attempts) throw error;
      await connection.clock.sleep(delayBefore(failures, undefined, policy, random), options);
      await session.goOn(options);
      if (session.upload.size > first) failures = 0;
    }
  }
}

/** Sends what an upload lacks, and commits it; gives the size of the blob. */
async function send(upload: HttpUpload, expected: ExpectedBlob, body: BlobBody, options: CallOptions): Promise<number> {
  const { digest, size } = expected;
  const { size: first } = upload;
  // It broke off after the last byte: no source has anything behind that.
  if (first > 0 && first === size) return (await upload.commit(digest, options)).size;
  const counter = new SentCounter(first);
  const stream = counter.count(typeof body === "function" ? body(first) : body, expected);
  const length = size === undefined ? undefined : size - first;
  await upload.finish(digest, { stream, ...(length !== undefined && { length }) }, options);
  return counter.end;
}

function isWorthAnother(error: unknown): boolean {
  return isRegistryError(error, "UNAVAILABLE") && error.retryable;
}

/** Whether a registry has other bytes than it should, or a session that it does not go on with after all. */
function isRefusal(error: RegistryError): boolean {
  return isRegistryError(error, "DIGEST_INVALID", "BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID", "RANGE_INVALID");
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
