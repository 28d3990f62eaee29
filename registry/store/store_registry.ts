import { enter } from "../call.ts";
import type {
  BlobBody,
  BlobContent,
  CallOptions,
  ExpectedBlob,
  ListOptions,
  ManifestContent,
  MountOptions,
  MountResult,
  PushedManifest,
  PushManifestOptions,
  ReadBlobOptions,
  Registry,
  Upload,
} from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { outOfRange, resolveRange } from "../values/byte_range.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { algorithmOf, type Digest, type DigestAlgorithm } from "../values/digest.ts";
import { largestManifestBytes, toReferrer } from "../values/manifest.ts";
import { assertRepository } from "../values/name.ts";
import { countedStream } from "../verified_stream.ts";
import { type Collected, collectRepository, findNamed, type GarbageOptions, type PassedOver } from "./garbage.ts";
import { type Holdings, type Removal, readHoldings, readManifest, readWhole, removeHoldings } from "./holdings.ts";
import { measureImages, type RepositorySizes } from "./image_sizes.ts";
import { acceptManifest, type ManifestChecks } from "./manifest_acceptance.ts";
import { MeteredStorage } from "./metered_storage.ts";
import { KeyedMutex } from "./mutex.ts";
import { RecentlySeen } from "./recently_seen.ts";
import type { RepositoryIndex } from "./repository_index.ts";
import { afterIn } from "./sorted_list.ts";
import type { Storage, StoredBlob } from "./storage.ts";
import { blobMediaType } from "./store_upload.ts";
import { Uploads } from "./uploads.ts";
import type { Usage } from "./usage.ts";

/** What a store is strict about. */
export interface StoreOptions {
  /** What has to be in a repository before a manifest is taken; by default the blobs of images. */
  readonly checks?: ManifestChecks;
  /** Largest manifest that is taken. */
  readonly maximumManifestBytes?: number;
}

/** What a registry means, on top of a storage that only keeps bytes. */
export class StoreRegistry implements Registry {
  /** How many bytes are in it. */
  readonly usage: Usage;
  readonly #storage: Storage;
  readonly #options: Required<StoreOptions>;
  readonly #uploads: Uploads;
  readonly #seen = new RecentlySeen();
  /** Nothing is collected between the look for a blob and the use of what was found. */
  readonly #mutex = new KeyedMutex();

  constructor(storage: Storage, options: StoreOptions = {}) {
    const metered = new MeteredStorage(storage);
    this.usage = metered;
    this.#storage = metered;
    this.#uploads = new Uploads(metered, (repository, digest, work) => this.#protect(repository, digest, work));
    this.#options = { checks: "blobs", maximumManifestBytes: largestManifestBytes, ...options };
  }

  async getBlob(repository: string, digest: Digest, options: ReadBlobOptions = {}): Promise<BlobContent> {
    const descriptor = await this.statBlob(repository, digest, options);
    const { size } = descriptor;
    const { lend = false } = options;
    const dispose = { [Symbol.asyncDispose]: async () => undefined };
    if (options.range === undefined) {
      const bytes = this.#storage.readBlob(repository, digest, { lend });
      return { descriptor, body: countedStream(bytes, size, `"${digest}"`), ...dispose };
    }
    const span = resolveRange(options.range, size);
    if (span === undefined) throw outOfRange(descriptor);
    const bytes = this.#storage.readBlob(repository, digest, { span, lend });
    return { descriptor, span, body: countedStream(bytes, span.last - span.first + 1, `"${digest}"`), ...dispose };
  }

  async statBlob(repository: string, digest: Digest, options: CallOptions = {}): Promise<Descriptor> {
    enter(repository, options);
    const size = await this.#storage.statBlob(repository, digest);
    if (size === undefined) throw blobUnknown(repository, digest);
    this.#seen.note(repository, digest);
    return { mediaType: blobMediaType, digest, size };
  }

  async getManifest(repository: string, target: string, options: CallOptions = {}): Promise<ManifestContent> {
    const descriptor = await this.statManifest(repository, target, options);
    return { descriptor, bytes: await readWhole(this.#storage, repository, descriptor) };
  }

  async statManifest(repository: string, target: string, options: CallOptions = {}): Promise<Descriptor> {
    enter(repository, options);
    const index = await this.#storage.readIndex(repository);
    const digest = index?.resolve(target);
    const record = digest && index?.manifests.get(digest);
    if (digest === undefined || record === undefined) throw manifestUnknown(repository, target);
    return { mediaType: record.mediaType, digest, size: record.size };
  }

  async pushBlob(
    repository: string,
    expected: ExpectedBlob,
    body: BlobBody,
    options: CallOptions = {},
  ): Promise<Descriptor> {
    const { digest, size } = expected;
    const upload = await this.startUpload(repository, { ...options, algorithm: algorithmOf(digest) });
    try {
      await upload.append(typeof body === "function" ? body(0) : body, options);
      if (size !== undefined && upload.size !== size) {
        const found = `found ${upload.size} bytes instead of ${size}`;
        throw new RegistryError("SIZE_INVALID", `Cannot write "${digest}": ${found}`);
      }
      return await upload.commit(digest);
    } catch (error) {
      await upload.cancel();
      throw error;
    }
  }

  async startUpload(repository: string, options: CallOptions & { algorithm?: DigestAlgorithm } = {}): Promise<Upload> {
    enter(repository, options);
    return await this.#uploads.start(repository, options.algorithm ?? "sha256");
  }

  /** Runs work that makes or finds a blob: a collection either sees that it is wanted, or is over before. */
  #protect<T>(repository: string, digest: Digest, work: () => Promise<T>): Promise<T> {
    return this.#mutex.run(repository, () => {
      this.#seen.note(repository, digest);
      return work();
    });
  }

  async resumeUpload(repository: string, id: string, options: CallOptions = {}): Promise<Upload> {
    enter(repository, options);
    return await this.#uploads.resume(repository, id);
  }

  async mountBlob(repository: string, digest: Digest, options: MountOptions = {}): Promise<MountResult> {
    enter(repository, options);
    if (options.from !== undefined) assertRepository(options.from);
    const mount = () => this.#storage.linkBlob(digest, options.from, repository);
    if (await this.#protect(repository, digest, mount)) return { kind: "mounted" };
    if (options.otherwise === "nothing") return { kind: "nothing" };
    return { kind: "upload", upload: await this.startUpload(repository, options) };
  }

  async pushManifest(repository: string, bytes: Uint8Array, options: PushManifestOptions): Promise<PushedManifest> {
    enter(repository, options);
    const { checks, maximumManifestBytes } = this.#options;
    const has = async (digest: Digest) => {
      this.#seen.note(repository, digest);
      return (await this.#storage.statBlob(repository, digest)) !== undefined;
    };
    const { tags = [] } = options;
    const { digest, record } = await this.#mutex.run(repository, async () => {
      const accepted = await acceptManifest(bytes, options, { checks, maximumManifestBytes, has });
      this.#seen.note(repository, accepted.digest);
      await this.#storage.writeBlob(repository, accepted.digest, bytes);
      await this.#storage.changeIndex(repository, (index) => index.put(accepted.digest, accepted.record, tags));
      return accepted;
    });
    return {
      descriptor: { mediaType: record.mediaType, digest, size: record.size },
      ...(record.subject !== undefined && { subject: record.subject }),
      tags: [...tags],
    };
  }

  async deleteBlob(repository: string, digest: Digest, options: CallOptions = {}): Promise<void> {
    enter(repository, options);
    const index = await this.#storage.readIndex(repository);
    if (index?.manifests.has(digest)) {
      throw new RegistryError("DENIED", `Cannot delete blob "${digest}": it is a manifest of "${repository}"`);
    }
    if (!(await this.#storage.unlinkBlob(repository, digest))) throw blobUnknown(repository, digest);
  }

  async deleteManifest(repository: string, digest: Digest, options: CallOptions = {}): Promise<void> {
    enter(repository, options);
    await this.#assertKnown(repository, digest);
    const removed = await this.#change(repository, (index) => index.removeManifest(digest));
    if (!removed) throw manifestUnknown(repository, digest);
  }

  async deleteTag(repository: string, tag: string, options: CallOptions = {}): Promise<void> {
    enter(repository, options);
    await this.#assertKnown(repository, tag);
    const removed = await this.#change(repository, (index) => index.removeTag(tag));
    if (!removed) throw manifestUnknown(repository, tag);
  }

  async *listTags(repository: string, options: ListOptions = {}): AsyncGenerator<string> {
    enter(repository, options);
    const index = await this.#storage.readIndex(repository);
    if (index === undefined) {
      throw new RegistryError("NAME_UNKNOWN", `Cannot list tags of "${repository}": there is no such repository`);
    }
    yield* afterIn(index.sortedTags, options.after);
  }

  async *listRepositories(options: ListOptions = {}): AsyncGenerator<string> {
    options.signal?.throwIfAborted();
    yield* afterIn(await this.#storage.listRepositories(), options.after);
  }

  async *listReferrers(
    repository: string,
    digest: Digest,
    options: CallOptions & { artifactType?: string } = {},
  ): AsyncGenerator<Descriptor> {
    enter(repository, options);
    const index = await this.#storage.readIndex(repository);
    const { artifactType } = options;
    for (const [referrer, record] of [...(index?.manifests ?? [])]) {
      if (record.subject !== digest) continue;
      if (artifactType !== undefined && record.artifactType !== artifactType) continue;
      const manifest = await readManifest(this.#storage, repository, referrer, record);
      yield toReferrer(manifest, { digest: referrer, size: record.size });
    }
  }

  /** What the images of a repository take, and what of it is theirs alone. NAME_UNKNOWN. */
  async measureImages(repository: string, options: CallOptions = {}): Promise<RepositorySizes> {
    enter(repository, options);
    return await measureImages(this.#storage, repository, options);
  }

  /** Collects what nothing names any more, uploads that were given up, and bytes that no repository has. */
  async collectGarbage(options: GarbageOptions & CallOptions = {}): Promise<Collected> {
    const settings = { graceMs: 3_600_000, uploadGraceMs: 86_400_000, untagged: "keep" as const, ...options };
    const means = {
      storage: this.#storage,
      lastSeenMs: (repository: string, digest: Digest) => this.#seen.when(repository, digest),
      exclusively: <T>(repository: string, work: () => Promise<T>) => this.#mutex.run(repository, work),
    };
    const total = { blobs: 0, manifests: 0, uploads: 0 };
    const passedOver: PassedOver[] = [];
    const kept = new Set<Digest>();
    for (const repository of await this.#storage.listRepositories()) {
      options.signal?.throwIfAborted();
      try {
        const done = await collectRepository(means, repository, settings);
        total.blobs += done.blobs;
        total.manifests += done.manifests;
        total.uploads += await this.#uploads.forgetOld(repository, settings.uploadGraceMs);
      } catch (error) {
        passedOver.push({ repository, error: RegistryError.from(error) });
        for (const digest of await findNamed(this.#storage, repository)) kept.add(digest);
      }
    }
    return { ...total, freedBytes: await this.#storage.sweep(kept), passedOver };
  }

  /** Blobs of a repository, the bytes of manifests among them. */
  listBlobs(repository: string): AsyncIterable<StoredBlob> {
    return this.#storage.listBlobs(repository);
  }

  /** What a repository has. CORRUPT when a manifest of it is not what it should be. */
  readHoldings(repository: string): Promise<Holdings> {
    return readHoldings(this.#storage, repository);
  }

  /** Takes manifests and blobs out of a repository while it is in use; others keep theirs. False when nothing was done. */
  removeHoldings(repository: string, removal: Removal): Promise<boolean> {
    return this.#mutex.run(repository, () => removeHoldings(this.#storage, repository, removal));
  }

  /** A collection that saw a change before it is durable would take what a crash brings back. */
  #change<T>(repository: string, change: (index: RepositoryIndex) => T): Promise<T> {
    return this.#mutex.run(repository, () => this.#storage.changeIndex(repository, change));
  }

  /** A mistaken delete must not make a repository of the name. */
  async #assertKnown(repository: string, target: string): Promise<void> {
    const index = await this.#storage.readIndex(repository);
    if (index?.resolve(target) === undefined) throw manifestUnknown(repository, target);
  }
}

function blobUnknown(repository: string, digest: Digest): RegistryError {
  return new RegistryError("BLOB_UNKNOWN", `Cannot find blob "${digest}": it is not in "${repository}"`);
}

function manifestUnknown(repository: string, target: string): RegistryError {
  return new RegistryError("MANIFEST_UNKNOWN", `Cannot find manifest "${target}": it is not in "${repository}"`);
}
