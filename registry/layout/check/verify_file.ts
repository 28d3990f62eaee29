import { RegistryError } from "../../registry_error.ts";
import { algorithmOf, createDigester } from "../../values/digest.ts";
import { readFileStream } from "../file_stream.ts";
import type { BlobFile } from "./blob_files.ts";

/** How files are read. */
export interface ReadingOptions {
  /** Holds bytes up, e.g. to keep to a bandwidth. */
  readonly throttle?: (bytes: number) => Promise<void>;
  /** Told of bytes that were read. */
  readonly onRead?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * What is wrong with a file: that its bytes are of another digest, or cannot be read. Undefined for one that is as it should be, and for
 * one that has been collected meanwhile. Throws the signal's reason.
 */
export async function findFileFault(file: BlobFile, options: ReadingOptions): Promise<string | undefined> {
  for (const { path } of file.names) {
    const digester = createDigester(algorithmOf(file.digest));
    try {
      for await (const bytes of readFileStream(path, { lend: true })) {
        options.signal?.throwIfAborted();
        digester.update(bytes);
        options.onRead?.(bytes.byteLength);
        await options.throttle?.(bytes.byteLength);
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      // Under another of its names it may be there still.
      if (error instanceof RegistryError) continue;
      return `"${path}" cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
    const found = digester.digest();
    return found === file.digest ? undefined : `"${path}" has ${digester.size} bytes of digest ${found}`;
  }
  return undefined;
}
