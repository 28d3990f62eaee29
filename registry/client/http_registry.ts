import { enter, signalOf } from "../call.ts";
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
import { isRegistryError, RegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest, DigestAlgorithm } from "../values/digest.ts";
import { parseManifest } from "../values/manifest.ts";
import { assertTag } from "../values/name.ts";
import { downloadBlob } from "./blob_download.ts";
import { pushRemoteBlob, type UploadMeans } from "./blob_upload.ts";
import { HttpUpload } from "./http_upload.ts";
import { listNames, listRemoteReferrers } from "./lists.ts";
import { deleteRemote, deleteRemoteTag, pushRemoteManifest, readManifest, statRemoteManifest } from "./manifests.ts";
import { addToReferrersTag } from "./referrers_tag.ts";

/** A registry at the other end of HTTP. */
export class HttpRegistry implements Registry {
  readonly #means: UploadMeans;

  constructor(means: UploadMeans) {
    this.#means = means;
  }

  /** Whether a registry answers and lets us in. UNSUPPORTED for a server that is none (contract B.1). */
  async ping(options: CallOptions = {}): Promise<void> {
    await using _answer = await this.#means.connection.ask({ kind: "ping" }, [200], options);
  }

  async getBlob(repository: string, digest: Digest, options: ReadBlobOptions = {}): Promise<BlobContent> {
    enter(repository, options);
    return await downloadBlob(this.#means, repository, digest, options);
  }

  async statBlob(repository: string, digest: Digest, options: CallOptions = {}): Promise<Descriptor> {
    enter(repository, options);
    const request = { kind: "blob_head", repository, digest } as const;
    await using answer = await this.#means.connection.ask(request, [200], signalOf(options));
    const size = Number(answer.headers["content-length"] ?? Number.NaN);
    if (Number.isSafeInteger(size) && size >= 0) return { mediaType: "application/octet-stream", digest, size };
    throw new RegistryError("UNAVAILABLE", `Cannot look for "${digest}": found no size in the answer`, {
      retryable: false,
    });
  }

  async getManifest(repository: string, target: string, options: CallOptions = {}): Promise<ManifestContent> {
    enter(repository, options);
    return await readManifest(this.#means.connection, repository, target, signalOf(options));
  }

  async statManifest(repository: string, target: string, options: CallOptions = {}): Promise<Descriptor> {
    enter(repository, options);
    return await statRemoteManifest(this.#means.connection, repository, target, signalOf(options));
  }

  async pushBlob(
    repository: string,
    expected: ExpectedBlob,
    body: BlobBody,
    options: CallOptions = {},
  ): Promise<Descriptor> {
    enter(repository, options);
    return await pushRemoteBlob(this.#means, repository, expected, body, signalOf(options));
  }

  async startUpload(repository: string, options: CallOptions & { algorithm?: DigestAlgorithm } = {}): Promise<Upload> {
    enter(repository, options);
    return await HttpUpload.start(this.#means.connection, repository, options);
  }

  async resumeUpload(repository: string, id: string, options: CallOptions = {}): Promise<Upload> {
    enter(repository, options);
    return await HttpUpload.resume(this.#means.connection, repository, id, signalOf(options));
  }

  async mountBlob(repository: string, digest: Digest, options: MountOptions = {}): Promise<MountResult> {
    enter(repository, options);
    const { from } = options;
    const { connection } = this.#means;
    const request = { kind: "mount", repository, digest, ...(from !== undefined && { from }) } as const;
    try {
      await using answer = await connection.ask(request, [201, 202], signalOf(options));
      if (answer.status === 201) return { kind: "mounted" };
      const upload = new HttpUpload(connection, repository, answer);
      if (options.otherwise !== "nothing") return { kind: "upload", upload };
      await upload.cancel(signalOf(options));
      return { kind: "nothing" };
    } catch (error) {
      // Who may not read the source may still write the target (contract J 17).
      if (from === undefined || !isRegistryError(error, "UNAUTHORIZED", "DENIED")) throw error;
      if (options.otherwise === "nothing") return { kind: "nothing" };
      return { kind: "upload", upload: await HttpUpload.start(connection, repository, options) };
    }
  }

  async pushManifest(repository: string, bytes: Uint8Array, options: PushManifestOptions): Promise<PushedManifest> {
    enter(repository, options);
    const { connection } = this.#means;
    for (const tag of options.tags ?? []) assertTag(tag);
    const manifest = parseManifest(bytes, options.mediaType);
    const pushed = await pushRemoteManifest(connection, repository, bytes, options);
    return await addToReferrersTag(connection, repository, manifest, pushed, signalOf(options));
  }

  async deleteBlob(repository: string, digest: Digest, options: CallOptions = {}): Promise<void> {
    enter(repository, options);
    const request = { kind: "blob_delete", repository, digest } as const;
    await using _answer = await this.#means.connection.ask(request, [202, 200, 204], signalOf(options));
  }

  async deleteManifest(repository: string, digest: Digest, options: CallOptions = {}): Promise<void> {
    enter(repository, options);
    await deleteRemote(this.#means.connection, repository, digest, signalOf(options));
  }

  async deleteTag(repository: string, tag: string, options: CallOptions = {}): Promise<void> {
    enter(repository, options);
    await deleteRemoteTag(this.#means.connection, repository, tag, signalOf(options));
  }

  async *listTags(repository: string, options: ListOptions = {}): AsyncGenerator<string> {
    enter(repository, options);
    const page = { kind: "tags_list", repository, ...pageOf(options) } as const;
    yield* listNames(this.#means.connection, page, "tags", signalOf(options));
  }

  async *listRepositories(options: ListOptions = {}): AsyncGenerator<string> {
    options.signal?.throwIfAborted();
    const page = { kind: "repositories_list", ...pageOf(options) } as const;
    yield* listNames(this.#means.connection, page, "repositories", signalOf(options));
  }

  async *listReferrers(
    repository: string,
    digest: Digest,
    options: CallOptions & { artifactType?: string } = {},
  ): AsyncGenerator<Descriptor> {
    enter(repository, options);
    yield* listRemoteReferrers(this.#means.connection, { repository, digest, ...options }, signalOf(options));
  }
}

function pageOf({ after, pageSize }: ListOptions): { after?: string; count?: number } {
  return { ...(after !== undefined && { after }), ...(pageSize !== undefined && { count: pageSize }) };
}
