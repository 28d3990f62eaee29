import { signalOf } from "../call.ts";
import type { ManifestContent, PushManifestOptions, Registry, RegistryLister, RegistryReader } from "../registry.ts";
import { isRegistryError } from "../registry_error.ts";
import { Slots } from "../slots.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { type Digest, digestOf } from "../values/digest.ts";
import { childrenOf, parseManifest } from "../values/manifest.ts";
import { isForeignLayer } from "../values/media_type.ts";
import type { Platform } from "../values/platform.ts";
import { assertOffered, chooseChildren, rewriteIndex } from "./children.ts";
import { hasBlob, hasManifest, type Place } from "./presence.ts";
import { SharedCopies } from "./shared_copies.ts";
import { eachAtOnce } from "./work_list.ts";

/** What a copy does, as it does it. */
export interface CopyListener {
  /** A blob's bytes are on their way. */
  blobBegun?(blob: Descriptor): void;
  /**
   * Its bytes are sent from this one on, the target has those before: at the beginning, and again when a transfer that broke off is gone on
   * with or begun anew. `moved` counts on from there.
   */
  sentFrom?(first: number, blob: Descriptor): void;
  moved?(bytes: number, blob: Descriptor): void;
  blobDone?(blob: Descriptor, outcome: BlobOutcome): void;
}

/** How a blob came to the target: it was there, was mounted from another repository, or was copied. */
export type BlobOutcome = "there" | "mounted" | "copied";

/** How an image is copied. */
export interface CopyOptions {
  readonly tags?: readonly string[];
  /** Of an index, only the images of these; the index itself stays as it is where the target takes it so. All unless given. */
  readonly platforms?: readonly Platform[];
  /** What errors call the image; unless given, what is wanted. */
  readonly name?: string;
  /** Whether what refers to a manifest (signatures, attestations) is copied as well. */
  readonly referrers?: "copied" | "left out";
  /** Blobs on their way at once; 4 unless given. */
  readonly atOnce?: number;
  /** Repository of the target that may have blobs of the image; the source's own when both are in one registry. */
  readonly mountFrom?: string;
  /** Copies to the same registry that this one shares its work with. */
  readonly shared?: SharedCopies;
  /** Holds bytes up, e.g. to keep to a bandwidth. */
  readonly throttle?: (bytes: number) => Promise<void>;
  readonly listener?: CopyListener;
  readonly signal?: AbortSignal;
}

/** What a copy has moved. */
export interface Copied {
  /** The image's at the source. */
  readonly digest: Digest;
  /** Bytes of blobs and manifests that came over. */
  readonly bytes: number;
  /** What its index became, where the target takes none that names images which are not there (contract J 12). */
  readonly rewritten?: Digest;
}

/**
 * Copies an image, or an index with its images, from one registry to another. What the target has is not sent again, so that
 * a copy that broke off is gone on with. Tags are set last: a reader of the target never finds one that is incomplete.
 */
export async function copyImage(
  source: Place<RegistryReader & RegistryLister>,
  target: Place<Registry>,
  wanted: string,
  options: CopyOptions = {},
): Promise<Copied> {
  const copy = new ImageCopy(source, target, options);
  const content = await source.registry.getManifest(source.repository, wanted, signalOf(options));
  const { digest, mediaType } = content.descriptor;
  assertOffered(parseManifest(content.bytes, mediaType), options.platforms, options.name ?? wanted);
  const became = await copy.manifest(content, options.tags ?? []);
  return { digest, bytes: copy.bytes, ...(became !== digest && { rewritten: became }) };
}

class ImageCopy {
  readonly #source: Place<RegistryReader & RegistryLister>;
  readonly #target: Place<Registry>;
  readonly #options: CopyOptions;
  readonly #shared: SharedCopies;
  bytes = 0;

  constructor(source: Place<RegistryReader & RegistryLister>, target: Place<Registry>, options: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#shared = options.shared ?? new SharedCopies(new Slots(options.atOnce ?? 4));
  }

  /** What a manifest needs, then the manifest with its tags, then what refers to it. Gives what it is at the target. */
  async manifest(content: ManifestContent, tags: readonly string[]): Promise<Digest> {
    const { platforms, atOnce = 4, referrers } = this.#options;
    const { bytes, descriptor } = content;
    const manifest = parseManifest(bytes, descriptor.mediaType);
    const children = chooseChildren(manifest, platforms);
    if (manifest.kind === "index") {
      for (const { digest } of children) await this.#child(digest);
    } else {
      const blobs = children.filter(({ mediaType }) => !isForeignLayer(mediaType));
      await eachAtOnce(uniqueBlobs(blobs), atOnce, (blob) => this.#once(blob.digest, () => this.#blob(blob)));
    }
    const isWhole = children.length === childrenOf(manifest).length;
    const became = isWhole ? await this.#push(content, tags) : await this.#pushSparse(content, tags, children);
    if (referrers === "copied") await this.#referrers(descriptor.digest);
    return became;
  }

  #once(digest: Digest, work: () => Promise<void>): Promise<void> {
    return this.#shared.once(this.#target.repository, digest, work);
  }

  async #child(digest: Digest): Promise<void> {
    const { registry, repository } = this.#source;
    await this.#once(digest, async () => {
      await this.manifest(await registry.getManifest(repository, digest, signalOf(this.#options)), []);
    });
  }

  async #push({ bytes, descriptor }: ManifestContent, tags: readonly string[]): Promise<Digest> {
    const { digest, mediaType } = descriptor;
    const isThere = tags.length === 0 && (await hasManifest(this.#target, digest, this.#options));
    if (!isThere) await this.#write(bytes, { mediaType, digest, tags });
    return digest;
  }

  /** An index that names images which the target does not have: as it is where that is taken, else without them. */
  async #pushSparse(
    content: ManifestContent,
    tags: readonly string[],
    children: readonly Descriptor[],
  ): Promise<Digest> {
    try {
      return await this.#push(content, tags);
    } catch (error) {
      // An index inside an index has its digest there, and must stay what it is.
      if (tags.length === 0 || !isRegistryError(error, "MANIFEST_BLOB_UNKNOWN", "MANIFEST_UNKNOWN")) throw error;
      const bytes = rewriteIndex(content.bytes, children);
      const digest = digestOf(bytes);
      await this.#write(bytes, { mediaType: content.descriptor.mediaType, digest, tags });
      return digest;
    }
  }

  async #write(bytes: Uint8Array, options: PushManifestOptions): Promise<void> {
    const { registry, repository } = this.#target;
    await registry.pushManifest(repository, bytes, { ...options, ...signalOf(this.#options) });
    this.bytes += bytes.byteLength;
  }

  async #referrers(digest: Digest): Promise<void> {
    const { registry, repository } = this.#source;
    for await (const { digest: referrer } of registry.listReferrers(repository, digest, signalOf(this.#options))) {
      const content = await registry.getManifest(repository, referrer, signalOf(this.#options));
      // A registry that tells of others than those that name their subject could lead us in a circle.
      if (parseManifest(content.bytes, content.descriptor.mediaType).subject?.digest !== digest) continue;
      await this.#once(referrer, async () => {
        await this.manifest(content, []);
      });
    }
  }

  async #blob(blob: Descriptor): Promise<void> {
    const { listener } = this.#options;
    if (await hasBlob(this.#target, blob.digest, this.#options)) return listener?.blobDone?.(blob, "there");
    await this.#shared.slots.run(async () => {
      this.#options.signal?.throwIfAborted();
      if (await this.#mount(blob)) return listener?.blobDone?.(blob, "mounted");
      listener?.blobBegun?.(blob);
      await this.#send(blob);
      listener?.blobDone?.(blob, "copied");
    });
  }

  /** Sends a blob: all of it but what the target has from a copy that broke off. */
  async #send(blob: Descriptor): Promise<void> {
    const { digest, size } = blob;
    const { registry, repository } = this.#target;
    let earliest: number | undefined;
    const body = (first: number) => {
      this.#options.listener?.sentFrom?.(first, blob);
      earliest = Math.min(earliest ?? first, first);
      return this.#read(blob, first);
    };
    await registry.pushBlob(repository, { digest, size }, body, signalOf(this.#options));
    this.bytes += size - (earliest ?? size);
  }

  async *#read(blob: Descriptor, first: number): AsyncGenerator<Uint8Array> {
    const { throttle, listener, signal } = this.#options;
    const { registry, repository } = this.#source;
    const range = first === 0 ? {} : { range: { first } };
    await using content = await registry.getBlob(repository, blob.digest, { ...range, ...signalOf(this.#options) });
    for await (const bytes of content.body) {
      signal?.throwIfAborted();
      await throttle?.(bytes.byteLength);
      listener?.moved?.(bytes.byteLength, blob);
      yield bytes;
    }
  }

  async #mount({ digest }: Descriptor): Promise<boolean> {
    const { registry, repository } = this.#target;
    const isOne = (this.#source.registry as unknown) === registry;
    const from =
      this.#options.mountFrom ?? this.#shared.findHome(digest) ?? (isOne ? this.#source.repository : undefined);
    if (from === undefined || from === repository) return false;
    const options = { from, otherwise: "nothing", ...signalOf(this.#options) } as const;
    return (await registry.mountBlob(repository, digest, options)).kind === "mounted";
  }
}

function uniqueBlobs(blobs: readonly Descriptor[]): Descriptor[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
