import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import type { BlobContent, CallOptions, Digest, Registry, Upstream } from "../../../registry/mod.ts";

/** Told that `count` bytes of a blob have come, which are there up to `position`. */
export type OnBytes = (digest: Digest, count: number, position: number, source: string) => void;

/** An upstream whose calls end with a signal at the latest, and whose blobs are counted as they come. */
export function boundUpstream({ registry, ...upstream }: Upstream, signal: AbortSignal, onBytes: OnBytes): Upstream {
  const bound = <T extends CallOptions>(options: T | undefined): T & CallOptions =>
    ({ ...options, signal: options?.signal ? AbortSignal.any([signal, options.signal]) : signal }) as T & CallOptions;
  return {
    ...upstream,
    registry: {
      statBlob: (repository, digest, options) => registry.statBlob(repository, digest, bound(options)),
      getManifest: (repository, target, options) => registry.getManifest(repository, target, bound(options)),
      statManifest: (repository, target, options) => registry.statManifest(repository, target, bound(options)),
      listTags: (repository, options) => registry.listTags(repository, bound(options)),
      listRepositories: (options) => registry.listRepositories(bound(options)),
      listReferrers: (repository, digest, options) => registry.listReferrers(repository, digest, bound(options)),
      getBlob: async (repository, digest, options) => {
        // The store hashes what it takes; what is asked for as a range is not hashed on its way to it as well.
        const content = await registry.getBlob(repository, digest, bound({ range: { first: 0 }, ...options }));
        let position = content.span?.first ?? 0;
        return withBody(content, async function* () {
          for await (const bytes of content.body) {
            position += bytes.byteLength;
            onBytes(digest, bytes.byteLength, position, upstream.name);
            yield bytes;
          }
        });
      },
    },
  };
}

/** Who hears of what a registry gives. */
export interface BlobListener {
  /** A blob is asked for; what is given is called when it has been given, or will not be. */
  asked(): () => void;
  /** Bytes go out. */
  went(): void;
  /** It could not be given, or not to its end; not because nobody wants it any more. */
  failed(digest: Digest, error: unknown): void;
}

/** A registry whose blobs are watched as they are given. */
export function watchedRegistry(registry: Registry, listener: BlobListener): Registry {
  const getBlob: Registry["getBlob"] = async (repository, digest, options = {}) => {
    const done = listener.asked();
    const failed = (error: unknown) => {
      if (!options.signal?.aborted) listener.failed(digest, error);
      return error;
    };
    let content: BlobContent;
    try {
      content = await registry.getBlob(repository, digest, options);
    } catch (error) {
      done();
      throw failed(error);
    }
    const body = async function* () {
      try {
        for await (const bytes of content.body) {
          listener.went();
          yield bytes;
        }
      } catch (error) {
        throw failed(error);
      }
    };
    const dispose = async () => {
      done();
      await content[Symbol.asyncDispose]();
    };
    return { ...withBody(content, body), [Symbol.asyncDispose]: dispose };
  };
  return { ...delegatedRegistry(registry), getBlob };
}

function withBody(content: BlobContent, body: () => AsyncGenerator<Uint8Array>): BlobContent {
  return { ...content, body: body(), [Symbol.asyncDispose]: () => content[Symbol.asyncDispose]() };
}
