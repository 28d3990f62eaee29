import type { Upload } from "../registry.ts";
import { isRegistryError, RegistryError } from "../registry_error.ts";
import type { BlobReading, ReadingMeans, Wanted } from "./blob_reading.ts";
import { isDiskFull } from "./disk_full.ts";
import type { Eviction } from "./eviction.ts";
import type { GrowingBlob } from "./growing_blob.ts";
import type { Filled } from "./observer.ts";
import { passBlob } from "./pass_blob.ts";
import { SteadyBody } from "./steady_body.ts";

/** What a transfer is made with. */
export interface FillParts {
  readonly wanted: Wanted;
  readonly means: ReadingMeans;
  readonly reading: BlobReading;
  /** May have the beginning of the blob already. */
  readonly upload: Upload;
  readonly blob: GrowingBlob;
  readonly eviction: Eviction | undefined;
}

/** How a transfer ended, for those who begin the next one. */
export interface FillEnd {
  readonly filled: Filled;
  /** What of it is in the upload, to be gone on with. */
  readonly upload: "kept" | "gone";
  /** It was wrong, and it is not known who has sent the wrong bytes: sources have to be tried one by one. */
  readonly blame?: "unknown";
}

/** A store that failed by itself, whatever upstream does. */
class StoreFailure extends Error {
  override readonly name = "StoreFailure";
}

/** Brings a blob into the store while others read along. Never rejects. */
export async function runFill(parts: FillParts): Promise<FillEnd> {
  const { wanted, means, reading, upload, blob } = parts;
  const began = upload.size;
  const body = new SteadyBody(wanted, means, reading, began);
  let isComplete = false;
  const end = { repository: wanted.repository, digest: wanted.digest, size: reading.size };
  try {
    await store(parts, body);
    isComplete = true;
    await commit(parts);
    blob.stored();
    return { filled: { ...end, outcome: "stored" }, upload: "gone" };
  } catch (error) {
    if (error instanceof StoreFailure) {
      const { size } = reading;
      const isWhole = (first: number, last: number) => first === 0 && last === size - 1;
      blob.passing((span, from) =>
        passBlob(wanted, means, { size, from, span: isWhole(span.first, span.last) ? undefined : span }),
      );
      return { filled: { ...end, outcome: "passed", error: await cancelUpload(upload, error.cause) }, upload: "gone" };
    }
    blob.failed(error);
    if (!isRegistryError(error, "CORRUPT")) {
      return { filled: { ...end, outcome: "failed", error }, upload: "kept" };
    }
    const filled = { ...end, outcome: "failed", error: await cancelUpload(upload, error) } as const;
    // A source that breaks its own word in the middle is known; of what is wrong as a whole, only when it has sent all of it.
    if (!isComplete) return { filled, upload: "gone" };
    const [only, ...others] = body.contributors;
    if (began > 0 || only === undefined || others.length > 0) return { filled, upload: "gone", blame: "unknown" };
    only.failed(error);
    return { filled, upload: "gone" };
  }
}

/** Has the store take a body. When its disk is full, room is made and what it has lost is given to it again. */
async function store({ upload, blob, reading, eviction }: FillParts, body: SteadyBody): Promise<void> {
  const bytes = body.read();
  let failure: { error: unknown } | undefined;
  const feed = {
    next: () =>
      bytes.next().catch((error: unknown) => {
        failure = { error };
        throw error;
      }),
  };
  try {
    for (;;) {
      try {
        return await upload.append(blob.pass(feed));
      } catch (error) {
        if (failure) throw failure.error;
        const freed = isDiskFull(error) ? await eviction?.makeRoom(reading.size - upload.size) : 0;
        if (!freed) throw new StoreFailure("the store has failed", { cause: error });
      }
    }
  } finally {
    body.close();
  }
}

/** A store says that what it was given has another digest; to whoever reads, upstream has sent wrong bytes. */
async function commit({ upload, wanted: { digest } }: FillParts): Promise<void> {
  try {
    await upload.commit(digest);
  } catch (error) {
    if (!isRegistryError(error, "DIGEST_INVALID", "SIZE_INVALID")) {
      throw new StoreFailure("the store has failed", { cause: error });
    }
    throw new RegistryError("CORRUPT", `Cannot read "${digest}": ${error.message}`, { cause: error });
  }
}

/** Cancels an upload, and gives what it failed by; nobody waits for it who could be told that it cannot be removed either. */
async function cancelUpload(upload: Upload, failure: unknown): Promise<unknown> {
  try {
    await upload.cancel();
    return failure;
  } catch (error) {
    const [first, then] = [failure, error].map((one) => RegistryError.from(one).message);
    return new AggregateError([failure, error], `${first}; what came of it cannot be removed: ${then}`);
  }
}
