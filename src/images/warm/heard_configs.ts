import { Buffer } from "node:buffer";
import { bodyOf } from "../../../registry/archive/member_sink.ts";
import {
  type BlobContent,
  type Digest,
  digestOf,
  isRegistryError,
  type ManifestContent,
  parseManifest,
  type RegistryReader,
} from "../../../registry/mod.ts";
import { algorithmOf } from "../../../registry/values/digest.ts";

/** Most bytes of configurations that are remembered. */
const mostBytes = 16 * 1024 * 1024;

/** Largest one that is; most have a few kilobytes. */
const largestBytes = 256 * 1024;

/** Most that are remembered, or wait to be. */
const mostConfigs = 5000;

type Reader = Pick<RegistryReader, "getManifest" | "getBlob">;

/** Configurations of images: who has looked at an image does not ask its registry for it once more to fetch the image. */
export class HeardConfigs {
  /** By place and digest; undefined while it was named only. */
  readonly #configs = new Map<string, Uint8Array | undefined>();
  #bytes = 0;

  /** Reads a registry, which `source` tells from others, also where they have one host. */
  reader(source: string, { getManifest, getBlob }: Reader): Reader {
    // Whoever may read one repository may not read every other.
    const keyOf = (repository: string, digest: string) => `${source}/${repository}@${digest}`;
    return {
      getManifest: async (repository, ...call) => {
        const content = await getManifest(repository, ...call);
        const config = findConfig(content);
        const key = config && keyOf(repository, config);
        if (key !== undefined) this.#expect(key);
        return content;
      },
      getBlob: async (repository, digest, options = {}) => {
        const key = keyOf(repository, digest);
        const isWhole = options.range === undefined || (options.range.first === 0 && options.range.last === undefined);
        if (!isWhole || !this.#configs.has(key)) return await getBlob(repository, digest, options);
        const bytes = this.#configs.get(key);
        if (bytes !== undefined) return toContent(digest, bytes);
        const content = await getBlob(repository, digest, options);
        return {
          ...content,
          body: this.#read(key, content),
          [Symbol.asyncDispose]: () => content[Symbol.asyncDispose](),
        };
      },
    };
  }

  /** Gives what comes, and remembers it when all of it is right. */
  async *#read(key: string, { body, descriptor }: BlobContent): AsyncGenerator<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of body) {
      length += piece.byteLength;
      if (length <= largestBytes) pieces.push(Uint8Array.from(piece));
      yield piece;
    }
    if (length > largestBytes) return;
    const bytes = Buffer.concat(pieces);
    if (digestOf(bytes, algorithmOf(descriptor.digest)) === descriptor.digest) this.#remember(key, bytes);
  }

  #expect(key: string): void {
    if (this.#configs.has(key)) return;
    this.#configs.set(key, undefined);
    this.#forget();
  }

  #remember(key: string, config: Uint8Array): void {
    if (this.#configs.get(key) !== undefined) return;
    this.#configs.set(key, config);
    this.#bytes += config.byteLength;
    this.#forget();
  }

  /** The oldest go; they are asked for again. */
  #forget(): void {
    for (const [oldest, bytes] of this.#configs) {
      if (this.#bytes <= mostBytes && this.#configs.size <= mostConfigs) return;
      this.#configs.delete(oldest);
      this.#bytes -= bytes?.byteLength ?? 0;
    }
  }
}

/** What an image's manifest names; nothing for an index, and for what makes no sense, which whoever asked will tell. */
function findConfig({ bytes, descriptor }: ManifestContent): Digest | undefined {
  try {
    const manifest = parseManifest(bytes, descriptor.mediaType);
    return manifest.kind === "image" ? manifest.config.digest : undefined;
  } catch (error) {
    if (isRegistryError(error)) return undefined;
    throw error;
  }
}

function toContent(digest: Digest, bytes: Uint8Array): BlobContent {
  const size = bytes.byteLength;
  return {
    descriptor: { mediaType: "application/octet-stream", digest, size },
    span: { first: 0, last: size - 1 },
    body: bodyOf(bytes),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
