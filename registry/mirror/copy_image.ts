import { signalOf } from "../call.ts";
import type { ManifestContent, Registry, RegistryLister, RegistryReader } from "../registry.ts";
import { isAbsent } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import { childrenOf, type Manifest, parseManifest } from "../values/manifest.ts";
import { isForeignLayer } from "../values/media_type.ts";
import { type Platform, rankPlatform } from "../values/platform.ts";
import { eachAtOnce } from "./work_list.ts";

/** One side of a copy. */
export interface Place<R> {
  readonly registry: R;
  readonly repository: string;
}

/** What a copy does, as it does it. */
export interface CopyListener {
  /** A blob's bytes are on their way; `moved` counts them. */
  blobBegun?(blob: Descriptor): void;
  moved?(bytes: number, blob: Descriptor): void;
  blobDone?(blob: Descriptor, outcome: BlobOutcome): void;
}

/** How a blob came to the target: it was there, was mounted from another repository, or was copied. */
export type BlobOutcome = "there" | "mounted" | "copied";

/** How an image is copied. */
export interface CopyOptions {
  readonly tags?: readonly string[];
  /** Of an index, only the images of these; the index itself stays as it is, so that its digest does. All unless given. */
  readonly platforms?: readonly Platform[];
  /** Whether what refers to a manifest (signatures, attestations) is copied as well. */
  readonly referrers?: "copied" | "left out";
  /** Blobs on their way at once; 4 unless given. */
  readonly atOnce?: number;
  /** Repository of the target that may have blobs of the image. */
  readonly mountFrom?: string;
  /** Holds bytes up, e.g. to keep to a bandwidth. */
  readonly throttle?: (bytes: number) => Promise<void>;
  readonly listener?: CopyListener;
  readonly signal?: AbortSignal;
}

/** What a copy has moved. */
export interface Copied {
  readonly digest: Digest;
  /** Bytes of blobs and manifests that came over. */
  readonly bytes: number;
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
  await copy.manifest(content, options.tags ?? []);
  return { digest: content.descriptor.digest, bytes: copy.bytes };
}

/** Blobs and manifests that a copy would move, without moving them. */
export async function planImage(
  source: Place<RegistryReader & RegistryLister>,
  target: Place<Registry>,
  wanted: string,
  options: Pick<CopyOptions, "platforms" | "signal"> = {},
): Promise<{ digest: Digest; missing: readonly Descriptor[] }> {
  const content = await source.registry.getManifest(source.repository, wanted, signalOf(options));
  const missing = new Map<Digest, Descriptor>();
  const visit = async ({ bytes, descriptor }: ManifestContent): Promise<void> => {
    if (!(await hasManifest(target, descriptor.digest))) missing.set(descriptor.digest, descriptor);
    const manifest = parseManifest(bytes, descriptor.mediaType);
    for (const child of chooseChildren(manifest, options.platforms)) {
      if (manifest.kind === "index") {
        await visit(await source.registry.getManifest(source.repository, child.digest, signalOf(options)));
      } else if (!isForeignLayer(child.mediaType) && !(await hasBlob(target, child.digest))) {
        missing.set(child.digest, child);
      }
    }
  };
  await visit(content);
  return { digest: content.descriptor.digest, missing: [...missing.values()] };
}

class ImageCopy {
  readonly #source: Place<RegistryReader & RegistryLister>;
  readonly #target: Place<Registry>;
  readonly #options: CopyOptions;
  bytes = 0;

  constructor(source: Place<RegistryReader & RegistryLister>, target: Place<Registry>, options: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
  }

  /** What a manifest needs, then the manifest, then its tags. */
  async manifest({ bytes, descriptor }: ManifestContent, tags: readonly string[]): Promise<void> {
    const { platforms, atOnce = 4 } = this.#options;
    const manifest = parseManifest(bytes, descriptor.mediaType);
    const children = chooseChildren(manifest, platforms);
    if (manifest.kind === "index") {
      for (const { digest } of children) await this.#child(digest);
    } else {
      const blobs = children.filter(({ mediaType }) => !isForeignLayer(mediaType));
      await eachAtOnce(uniqueBlobs(blobs), atOnce, (blob) => this.#blob(blob));
    }
    const { digest, mediaType } = descriptor;
    const isThere = tags.length === 0 && (await hasManifest(this.#target, digest));
    if (!isThere) {
      const { registry, repository } = this.#target;
      await registry.pushManifest(repository, bytes, { mediaType, digest, tags, ...signalOf(this.#options) });
      this.bytes += bytes.byteLength;
    }
    if (this.#options.referrers === "copied") await this.#referrers(digest);
  }

  async #child(digest: Digest): Promise<void> {
    const { registry, repository } = this.#source;
    await this.manifest(await registry.getManifest(repository, digest, signalOf(this.#options)), []);
  }

  async #referrers(digest: Digest): Promise<void> {
    const { registry, repository } = this.#source;
    for await (const { digest: referrer } of registry.listReferrers(repository, digest, signalOf(this.#options))) {
      await this.#child(referrer);
    }
  }

  async #blob(blob: Descriptor): Promise<void> {
    const { listener } = this.#options;
    if (await hasBlob(this.#target, blob.digest)) return listener?.blobDone?.(blob, "there");
    if (await this.#mount(blob)) return listener?.blobDone?.(blob, "mounted");
    listener?.blobBegun?.(blob);
    const { registry, repository } = this.#source;
    const body = (first: number) => this.#read(registry, repository, blob, first);
    const options = signalOf(this.#options);
    await this.#target.registry.pushBlob(
      this.#target.repository,
      { digest: blob.digest, size: blob.size },
      body,
      options,
    );
    this.bytes += blob.size;
    listener?.blobDone?.(blob, "copied");
  }

  async *#read(
    registry: RegistryReader,
    repository: string,
    blob: Descriptor,
    first: number,
  ): AsyncGenerator<Uint8Array> {
    const { throttle, listener, signal } = this.#options;
    const range = first === 0 ? {} : { range: { first } };
    await using content = await registry.getBlob(repository, blob.digest, {
      ...range,
      ...signalOf(this.#options),
    });
    for await (const bytes of content.body) {
      signal?.throwIfAborted();
      await throttle?.(bytes.byteLength);
      listener?.moved?.(bytes.byteLength, blob);
      yield bytes;
    }
  }

  async #mount({ digest }: Descriptor): Promise<boolean> {
    const { mountFrom: from } = this.#options;
    if (from === undefined) return false;
    const { registry, repository } = this.#target;
    const options = { from, otherwise: "nothing", ...signalOf(this.#options) } as const;
    return (await registry.mountBlob(repository, digest, options)).kind === "mounted";
  }
}

/** Of an index, the images that run on one of the platforms; attestations and what names no platform come along. */
function chooseChildren(manifest: Manifest, platforms: readonly Platform[] | undefined): readonly Descriptor[] {
  const children = childrenOf(manifest);
  if (manifest.kind !== "index" || !platforms) return children;
  return children.filter(({ platform }) => {
    if (!platform || platform.os === "unknown") return true;
    return platforms.some((host) => rankPlatform(host, platform) === 0);
  });
}

function uniqueBlobs(blobs: readonly Descriptor[]): Descriptor[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

async function hasBlob({ registry, repository }: Place<RegistryReader>, digest: Digest): Promise<boolean> {
  return await isThere(registry.statBlob(repository, digest));
}

async function hasManifest({ registry, repository }: Place<RegistryReader>, digest: Digest): Promise<boolean> {
  return await isThere(registry.statManifest(repository, digest));
}

async function isThere(look: Promise<unknown>): Promise<boolean> {
  try {
    await look;
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
