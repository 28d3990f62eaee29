import { Buffer } from "node:buffer";
import { waitFor } from "../../../registry/call.ts";
import {
  type BlobContent,
  choosePlatform,
  type Descriptor,
  type Digest,
  describeUnfit,
  findArtifactFault,
  findPlatformFault,
  followIndexes,
  type ImageManifest,
  type IndexManifest,
  indexesAlone,
  type ManifestContent,
  memoryRegistry,
  namedPlatforms,
  openPullThrough,
  type Place,
  type Platform,
  type PullThroughRegistry,
  RegistryError,
  type RegistryLister,
  type RegistryReader,
  readConfigPlatform,
} from "../../../registry/mod.ts";
import { ImageError } from "./image_error.ts";
import type { ImageRoute } from "./image_route.ts";
import { boundUpstream, type OnBytes } from "./watched_registry.ts";

/** An image as its registry has it. */
export interface ResolvedImage {
  /** What the reference names: an index, or the image itself. */
  readonly top: ManifestContent;
  /** The image for one platform. */
  readonly own: ManifestContent;
  readonly manifest: ImageManifest;
}

/** Configurations have a few kilobytes. */
const largestConfigBytes = 8 * 1024 * 1024;

/**
 * Asks the sources of a route what an image is, one after the other as they fail; no layer is fetched. Questions to several
 * sources do not end with who asks them, but with the lookup: until then nobody waits for the answer.
 */
export class ImageLookup implements Disposable {
  readonly #image: string;
  readonly #repository: string;
  readonly #registry: PullThroughRegistry;
  readonly #closing = new AbortController();

  /** `came` is told of the bytes of blobs. */
  constructor(image: string, { repository, upstreams: sources }: ImageRoute, came: OnBytes = () => undefined) {
    this.#image = image;
    this.#repository = repository;
    const store = memoryRegistry({ checks: "nothing" });
    const upstreams = sources.map((one) => boundUpstream(one, this.#closing.signal, came));
    this.#registry = openPullThrough({ store, route: () => ({ repository, upstreams, tags: { kind: "fresh" } }) });
  }

  /** What a tag points at, or whether a digest may be had: by HEAD, which counts against no limit of pulls. */
  async stat(target: string, options: { signal: AbortSignal }): Promise<Descriptor> {
    return await waitFor(this.#registry.statManifest(this.#repository, target, options), options.signal);
  }

  /**
   * The image that runs best on a platform. One that stands alone is taken whatever it is for, as daemons do, unless the platform
   * is `wished` for: its configuration is read then. Throws RegistryError, {@link ImageError} `refused`.
   */
  async resolve(
    target: string,
    platform: Platform,
    { platformIs = "usual", ...options }: { signal: AbortSignal; platformIs?: "wished" | "usual" },
  ): Promise<ResolvedImage> {
    const top = await this.#get(target, options);
    const choose = ({ manifests }: IndexManifest) => this.#choose(manifests, platform);
    const found = await followIndexes(top, choose, (digest) => this.#get(digest, options));
    if (found === undefined) throw new ImageError("refused", this.#image, indexesAlone);
    const fault = findArtifactFault(found.manifest);
    if (fault !== undefined) throw new ImageError("refused", this.#image, fault);
    if (platformIs === "wished" && found.content === top) await this.#assertRuns(found.manifest, platform, options);
    return { top, own: found.content, manifest: found.manifest };
  }

  /** The configuration of an image. */
  async readConfig({ config: { digest, size } }: ImageManifest, options: { signal: AbortSignal }): Promise<Uint8Array> {
    if (size > largestConfigBytes) {
      const found = `its configuration has ${size} bytes, more than ${largestConfigBytes}`;
      throw new ImageError("refused", this.#image, found);
    }
    await using content = await this.#open(digest, options);
    return Buffer.concat(await Array.fromAsync(content.body));
  }

  /** Reads a blob of the size that its descriptor says, which is kept in memory as long as the lookup. */
  async fetch({ digest, size }: Descriptor, options: { signal: AbortSignal }): Promise<void> {
    await using content = await this.#open(digest, options);
    const found = content.descriptor.size;
    if (found !== size) {
      throw new RegistryError("CORRUPT", `Cannot read "${digest}": it has ${found} bytes, its manifest says ${size}`);
    }
    for await (const _ of content.body) options.signal.throwIfAborted();
  }

  /** Where what was read is kept, and the rest can be had. */
  get place(): Place<RegistryReader & RegistryLister> {
    return { registry: this.#registry, repository: this.#repository };
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new RegistryError("UNAVAILABLE", "Cannot go on: nobody asks any more"));
    this.#registry[Symbol.dispose]();
  }

  /** A source may let us wait for the first bytes. */
  async #open(digest: Digest, options: { signal: AbortSignal }): Promise<BlobContent> {
    const opening = this.#registry.getBlob(this.#repository, digest, options);
    try {
      return await waitFor(opening, options.signal);
    } catch (error) {
      void opening.then(
        (late) => late[Symbol.asyncDispose](),
        () => undefined,
      );
      throw error;
    }
  }

  async #assertRuns(manifest: ImageManifest, platform: Platform, options: { signal: AbortSignal }): Promise<void> {
    const config = new TextDecoder().decode(await this.readConfig(manifest, options));
    const fault = findPlatformFault(platform, readConfigPlatform(config));
    if (fault !== undefined) throw new ImageError("refused", this.#image, fault);
  }

  #choose(offers: readonly Descriptor[], platform: Platform): Digest {
    const chosen = choosePlatform(offers, platform);
    if (chosen) return chosen.digest;
    throw new ImageError("refused", this.#image, describeUnfit(platform, namedPlatforms(offers)));
  }

  async #get(target: string, options: { signal: AbortSignal }): Promise<ManifestContent> {
    return await waitFor(this.#registry.getManifest(this.#repository, target, options), options.signal);
  }
}
