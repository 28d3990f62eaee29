import type { ByteRange, ByteSpan } from "./values/byte_range.ts";
import type { Descriptor } from "./values/descriptor.ts";
import type { Digest, DigestAlgorithm } from "./values/digest.ts";

/**
 * Repositories of images, wherever they are: in memory, on disk, behind HTTP, behind a rule. Every implementation passes
 * `tests/registry/conformance` (decision 0003).
 *
 * Errors are {@link RegistryError}s. Beside what each method names, any may give NAME_INVALID, UNAUTHORIZED, DENIED,
 * TOOMANYREQUESTS, UNAVAILABLE and UNSUPPORTED, and rejects with the signal's reason when that is aborted.
 * A target is a tag or a digest: a tag never holds a colon, a digest always does.
 */
export interface Registry extends RegistryReader, RegistryWriter, RegistryDeleter, RegistryLister {}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A blob that is being read. Iterate `body` once to its end, or dispose of the content. */
export interface BlobContent extends AsyncDisposable {
  /** The whole blob, whatever part `body` has. Its media type is `application/octet-stream`. */
  readonly descriptor: Descriptor;
  /** What `body` has when a range was asked for. */
  readonly span?: ByteSpan;
  /** That the size in `descriptor` is none: content that is made while it is read has one only at its end. It has no ranges. */
  readonly length?: "unknown";
  /**
   * The bytes. The end comes only when there are as many as promised: else the iteration throws CORRUPT. What came over a
   * network has its digest checked as well, before the last bytes are out, unless it is only a range; a store has checked
   * it when it took the blob.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A manifest as it was pushed, byte by byte. */
export interface ManifestContent {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface ReadBlobOptions extends CallOptions {
  /** The part that is wanted; all of it unless given. */
  readonly range?: ByteRange;
  /**
   * Whether pieces may be lent: the caller is done with each when it asks for the next one. A store then reads all of them into
   * the same memory, whose fresh pages would cost it more than what is read into them. The caller may also free their memory:
   * whoever passes pieces on does not look at one any more that it has given.
   */
  readonly lend?: boolean;
}

export interface ReadManifestOptions extends CallOptions {
  /**
   * Media types that the caller reads, in lower case; all of them unless given. A registry that has another form of an image
   * gives that under its own digest; most give what they have.
   */
  readonly accept?: readonly string[];
}

export interface RegistryReader {
  /** A blob's bytes, or `range` of them. BLOB_UNKNOWN; RANGE_INVALID when nothing lies in the range. */
  getBlob(repository: string, digest: Digest, options?: ReadBlobOptions): Promise<BlobContent>;
  /** Whether a blob is there, and its size. BLOB_UNKNOWN. */
  statBlob(repository: string, digest: Digest, options?: CallOptions): Promise<Descriptor>;
  /** A manifest by tag or digest. MANIFEST_UNKNOWN; CORRUPT when it is not what its digest promises. */
  getManifest(repository: string, target: string, options?: ReadManifestOptions): Promise<ManifestContent>;
  /** What a tag points at, without the manifest. MANIFEST_UNKNOWN. */
  statManifest(repository: string, target: string, options?: ReadManifestOptions): Promise<Descriptor>;
}

/**
 * Content to be written. A function is called with the first byte that is wanted, perhaps several times, so that an
 * upload that broke can go on; a bare iterable can be read once.
 */
export type BlobBody = AsyncIterable<Uint8Array> | ((first: number) => AsyncIterable<Uint8Array>);

/** What a blob has to turn out to be; `size` when it is known. */
export interface ExpectedBlob {
  readonly digest: Digest;
  readonly size?: number;
}

/** An upload that takes a blob in pieces. What it has survives a failed piece, and in most registries a restart. */
export interface Upload {
  /** Names the upload to {@link RegistryWriter.resumeUpload}, within its repository. */
  readonly id: string;
  /** Bytes that it has, all of which are kept. */
  readonly size: number;
  /** Pieces but the last should have at least that many bytes. */
  readonly minimumChunkBytes?: number;
  /**
   * Adds bytes at the end. RANGE_INVALID, and nothing changed, when `first` is not {@link size}. When `body` fails, so
   * does the call, and the bytes before stay. `size` is how many bytes `body` has, where that is known before.
   * BLOB_UPLOAD_UNKNOWN after its end.
   */
  append(body: AsyncIterable<Uint8Array>, options?: CallOptions & { first?: number; size?: number }): Promise<void>;
  /**
   * Bytes of `span` while the upload goes on, where the registry can give them: fewer than asked for when the last have not
   * got where they are kept. They may be lent, as those of a blob.
   */
  peek?(span: ByteSpan, options?: Pick<ReadBlobOptions, "lend">): AsyncIterable<Uint8Array>;
  /**
   * Makes a blob of it. DIGEST_INVALID when the bytes have another digest, BLOB_UPLOAD_INVALID when they are not all where they were
   * put; the upload is gone then.
   */
  commit(digest: Digest, options?: CallOptions): Promise<Descriptor>;
  /** Forgets the upload and its bytes. Nothing happens when it has ended. */
  cancel(options?: CallOptions): Promise<void>;
}

/** A mounted blob; or, because the registry did not mount it, an upload to be filled, or nothing. */
export type MountResult =
  | { readonly kind: "mounted" }
  | { readonly kind: "upload"; readonly upload: Upload }
  | { readonly kind: "nothing" };

export interface MountOptions extends CallOptions {
  /** The repository that has the blob; by default wherever it is. */
  readonly from?: string;
  /** What comes of a mount that is not done: an upload unless given, so that a client's next request is spared. */
  readonly otherwise?: "upload" | "nothing";
}

/** What became of a pushed manifest. */
export interface PushedManifest {
  readonly descriptor: Descriptor;
  /** The subject, when the registry lists the manifest among its referrers. */
  readonly subject?: Digest;
  /** Tags that now point at it. */
  readonly tags: readonly string[];
}

export interface PushManifestOptions extends CallOptions {
  /** Content type: what readers are told the manifest is. */
  readonly mediaType: string;
  readonly tags?: readonly string[];
  /** What the bytes have to hash to; its algorithm becomes the manifest's own. By default sha256. */
  readonly digest?: Digest;
}

export interface RegistryWriter {
  /** Writes a whole blob. DIGEST_INVALID, SIZE_INVALID when it is not what was announced. */
  pushBlob(repository: string, expected: ExpectedBlob, body: BlobBody, options?: CallOptions): Promise<Descriptor>;
  /** Begins an upload that hashes with `algorithm`; another one at the end is only slower. */
  startUpload(repository: string, options?: CallOptions & { algorithm?: DigestAlgorithm }): Promise<Upload>;
  /** Goes on with an upload. BLOB_UPLOAD_UNKNOWN. */
  resumeUpload(repository: string, id: string, options?: CallOptions): Promise<Upload>;
  /** Takes a blob over from repository `from`, or from wherever it is, without its bytes. */
  mountBlob(repository: string, digest: Digest, options?: MountOptions): Promise<MountResult>;
  /**
   * Writes a manifest and points tags at it. MANIFEST_INVALID; MANIFEST_TOO_LARGE; TAG_INVALID; DIGEST_INVALID when it
   * hashes to something else; MANIFEST_BLOB_UNKNOWN when a blob that it needs is not there.
   */
  pushManifest(repository: string, bytes: Uint8Array, options: PushManifestOptions): Promise<PushedManifest>;
}

export interface RegistryDeleter {
  /** Takes a blob out of one repository; others keep it. BLOB_UNKNOWN. DENIED for the bytes of a manifest. */
  deleteBlob(repository: string, digest: Digest, options?: CallOptions): Promise<void>;
  /** Deletes a manifest and its tags; its blobs stay until they are collected. MANIFEST_UNKNOWN. */
  deleteManifest(repository: string, digest: Digest, options?: CallOptions): Promise<void>;
  /**
   * Deletes a tag; the manifest stays. MANIFEST_UNKNOWN. UNSUPPORTED by a registry that deletes by digest only; DIGEST_INVALID is the cause
   * then, as it is of the MANIFEST_UNKNOWN of such a one.
   */
  deleteTag(repository: string, tag: string, options?: CallOptions): Promise<void>;
}

/** How a list is wanted. */
export interface ListOptions extends CallOptions {
  /** Only what sorts after this. */
  readonly after?: string;
  /** How many are likely to be read; lists that come in pages use it as the size of a page. */
  readonly pageSize?: number;
}

/** Lists come lazily: the errors of a list are thrown by its iteration. */
export interface RegistryLister {
  /** Tags of a repository, sorted where the registry sorts them. NAME_UNKNOWN. */
  listTags(repository: string, options?: ListOptions): AsyncIterable<string>;
  /** Names of repositories. UNSUPPORTED by many registries. */
  listRepositories(options?: ListOptions): AsyncIterable<string>;
  /** Manifests whose subject is `digest`, of one artifact type if given; none for a digest that is not known. */
  listReferrers(
    repository: string,
    digest: Digest,
    options?: CallOptions & { artifactType?: string },
  ): AsyncIterable<Descriptor>;
}
