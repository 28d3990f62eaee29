import type { Registry } from "../registry.ts";
import { isAbsent, isRegistryError, RegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { openReading, type ReadingMeans, type ReadingOptions, type Wanted } from "./blob_reading.ts";
import { inOrder, type SourceFailure, toOneError } from "./source.ts";
import { SteadyBody } from "./steady_body.ts";

/** What filling from one takes. */
export interface SingleFillOptions extends Pick<ReadingOptions, "longestWaitMs"> {
  readonly store: Registry;
}

/**
 * Gets a blob that was wrong when several had sent of it: from one source alone after the other, so that it shows which of
 * them is wrong. Nobody reads along, because each but the last may be. Throws one RegistryError for all failures.
 */
export async function fillFromOne(
  wanted: Wanted,
  means: ReadingMeans,
  options: SingleFillOptions,
): Promise<Descriptor> {
  const failures: SourceFailure[] = [];
  for (const source of inOrder(wanted.sources)) {
    try {
      return await fill({ ...wanted, sources: [source] }, means, options);
    } catch (error) {
      means.signal.throwIfAborted();
      failures.push({ source, error });
      if (!isAbsent(error)) source.failed(error);
    }
  }
  throw toOneError(`blob "${wanted.digest}"`, wanted.sources, failures);
}

async function fill(
  wanted: Wanted,
  means: ReadingMeans,
  { store, longestWaitMs }: SingleFillOptions,
): Promise<Descriptor> {
  const { repository, digest } = wanted;
  const reading = await openReading(wanted, means, 0, { longestWaitMs });
  const body = new SteadyBody(wanted, means, reading, 0);
  try {
    return await store.pushBlob(repository, { digest, size: reading.size }, body.read());
  } catch (error) {
    if (!isRegistryError(error, "DIGEST_INVALID", "SIZE_INVALID")) throw error;
    throw new RegistryError("CORRUPT", `Cannot read "${digest}": ${error.message}`, { cause: error });
  } finally {
    body.close();
  }
}
