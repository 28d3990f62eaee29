import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import {
  type BlobContent,
  type CallOptions,
  type Descriptor,
  type Digest,
  isRegistryError,
  type Registry,
  RegistryError,
} from "../../../registry/mod.ts";
import { peek, unpacked } from "../../../registry/packing.ts";

/**
 * A registry that also has what some layers of another one unpack to, by the digest of that. They are unpacked as they are
 * read, so that their size is told by their end alone. What they hash to is left to the reader; that the packed ones are
 * what was asked for, to the other registry, without whose last bytes no unpacked layer ends.
 */
export function rawRegistry(registry: Registry, layers: ReadonlyMap<Digest, Descriptor>): Registry {
  return {
    ...delegatedRegistry(registry),
    getBlob: async (repository, digest, options = {}) => {
      const layer = layers.get(digest);
      if (layer === undefined) return await registry.getBlob(repository, digest, options);
      // What turns out not to be packed is passed on as it comes: whether it may be lent is the caller's to say.
      const { range: _, ...whole } = options;
      const read = () => registry.getBlob(repository, layer.digest, whole);
      return unpackContent(await read(), { digest, layer, read });
    },
    statBlob: async (repository, digest, options: CallOptions = {}) => {
      if (!layers.has(digest)) return await registry.statBlob(repository, digest, options);
      throw new RegistryError("UNSUPPORTED", `Cannot tell the size of "${digest}": it is unpacked as it is read`);
    },
  };
}

interface Unpacking {
  readonly digest: Digest;
  readonly layer: Descriptor;
  readonly read: () => Promise<BlobContent>;
}

function unpackContent(packed: BlobContent, { digest, layer, read }: Unpacking): BlobContent {
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      // Its media type is only what somebody has said.
      using begun = await peek(packed.body);
      yield* unpacked(begun.body, begun.packing, { what: `layer "${layer.digest}"` });
    } catch (error) {
      if (isRegistryError(error, "CORRUPT")) await assertSound(read);
      throw error;
    }
  }
  const descriptor = { mediaType: "application/octet-stream", digest, size: 0 };
  return { descriptor, length: "unknown", body: body(), [Symbol.asyncDispose]: () => packed[Symbol.asyncDispose]() };
}

/**
 * Reads a layer that could not be unpacked to its end: when that is because a source has sent something else, the fault is
 * told as that source's, and what has come is dropped.
 */
async function assertSound(read: () => Promise<BlobContent>): Promise<void> {
  await using content = await read();
  for await (const _ of content.body);
}
