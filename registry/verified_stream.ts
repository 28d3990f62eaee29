import { RegistryError } from "./registry_error.ts";
import { algorithmOf, createDigester, type Digest, type Digester } from "./values/digest.ts";

/**
 * Passes bytes on and ends only when they are `digest` and `size` (contract B.5). The last bytes come out after the
 * check, so that nobody who counts takes wrong content for complete; no more than one piece above the size is read. Throws
 * CORRUPT, with the place where that is said. Every byte that enters a store from outside comes through here.
 */
export async function* verifiedStream(
  body: AsyncIterable<Uint8Array>,
  digest: Digest,
  size: number,
  place?: string,
): AsyncGenerator<Uint8Array> {
  const corrupt = (found: string) => {
    const what = place === undefined ? `"${digest}"` : `"${digest}" of "${place}"`;
    return new RegistryError("CORRUPT", `Cannot read ${what}: ${found}`);
  };
  const digester = createDigester(algorithmOf(digest));
  let last: Uint8Array | undefined;
  for await (const bytes of body) {
    if (bytes.byteLength === 0) continue;
    if (digester.size + bytes.byteLength > size) {
      throw corrupt(`found more than the ${size} bytes that were promised`);
    }
    if (last !== undefined) yield last;
    last = undefined;
    digester.update(bytes);
    if (digester.size < size) yield bytes;
    else last = bytes;
  }
  if (digester.size !== size) throw corrupt(`found ${digester.size} bytes instead of ${size}`);
  const found = digester.digest();
  if (found !== digest) throw corrupt(`found content of digest ${found}`);
  if (last !== undefined) yield last;
}

/** Passes bytes on, and has them hashed. */
export async function* hashedStream(body: AsyncIterable<Uint8Array>, digester: Digester): AsyncGenerator<Uint8Array> {
  for await (const bytes of body) {
    digester.update(bytes);
    yield bytes;
  }
}

/** Passes on exactly `size` bytes of `what`. Throws CORRUPT when there are fewer or more. */
export async function* countedStream(
  body: AsyncIterable<Uint8Array>,
  size: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const bytes of body) {
    count += bytes.byteLength;
    if (count > size) throw new RegistryError("CORRUPT", `Cannot read ${what}: found more than ${size} bytes`);
    yield bytes;
  }
  if (count < size) {
    throw new RegistryError("CORRUPT", `Cannot read ${what}: found ${count} bytes instead of ${size}`, {
      retryable: true,
    });
  }
}
