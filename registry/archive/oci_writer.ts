import type { ExpectedBlob, PushedManifest, PushManifestOptions, Registry } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { unsupportedRegistry } from "../unsupported_registry.ts";
import { type Descriptor, isRecord } from "../values/descriptor.ts";
import { algorithmOf, type Digest, digestOf } from "../values/digest.ts";
import { childrenOf, parseManifest } from "../values/manifest.ts";
import { mediaTypes } from "../values/media_type.ts";
import {
  blobName,
  containerdNameAnnotation,
  ociLayoutText,
  ociNames,
  refNameAnnotation,
} from "../values/oci_layout.ts";
import { verifiedStream } from "../verified_stream.ts";
import { bodyOf, type MemberSink } from "./member_sink.ts";
import { type Members, readJsonMember } from "./members.ts";

/** An image layout as a registry to write to, with its one repository; nothing lists what was written before `finish`. */
export interface ArchiveWriter {
  readonly registry: Registry;
  finish(): Promise<void>;
}

/** Writes into an image layout. What `before` holds, other tools' entries among it, stays as it is. */
export async function openOciWriter(sink: MemberSink, before?: Members): Promise<ArchiveWriter> {
  const entries = before === undefined ? [] : await readEntries(before);
  const writer = new LayoutWriter(sink, entries);
  const registry = unsupportedRegistry({
    statBlob: (_, digest) => writer.stat(digest, "BLOB_UNKNOWN"),
    statManifest: (_, target) => writer.stat(target, "MANIFEST_UNKNOWN"),
    pushBlob: (_, expected, body) => writer.pushBlob(expected, typeof body === "function" ? body(0) : body),
    pushManifest: (_, bytes, options) => writer.pushManifest(bytes, options),
  });
  return { registry, finish: () => writer.finish() };
}

/** Entries of an index as they are written there: what we do not know of them must not be lost. */
async function readEntries(before: Members): Promise<unknown[]> {
  if ((await before.stat(ociNames.index)) === undefined) return [];
  const document = await readJsonMember(before, ociNames.index);
  if (isRecord(document) && Array.isArray(document.manifests)) return document.manifests;
  throw new RegistryError("CORRUPT", `Cannot write "${before.place}": "${ociNames.index}" has no manifests`);
}

class LayoutWriter {
  readonly #sink: MemberSink;
  readonly #before: readonly unknown[];
  readonly #pushed = new Map<Digest, { descriptor: Descriptor; tags: readonly string[] }>();
  /** Manifests that an index leads to: they need no entry. */
  readonly #children = new Set<Digest>();

  constructor(sink: MemberSink, before: readonly unknown[]) {
    this.#sink = sink;
    this.#before = before;
  }

  async stat(target: string, code: "BLOB_UNKNOWN" | "MANIFEST_UNKNOWN"): Promise<Descriptor> {
    const digest = target as Digest;
    const size = target.includes(":") ? await this.#sink.stat(blobName(digest)) : undefined;
    const mediaType = this.#pushed.get(digest)?.descriptor.mediaType ?? "application/octet-stream";
    if (size !== undefined) return { mediaType, digest, size };
    throw new RegistryError(code, `Cannot find "${target}": it is not in "${this.#sink.place}"`);
  }

  async pushBlob({ digest, size }: ExpectedBlob, body: AsyncIterable<Uint8Array>): Promise<Descriptor> {
    if (size === undefined) {
      throw new RegistryError(
        "UNSUPPORTED",
        `Cannot write "${digest}" to "${this.#sink.place}": its size is not known`,
      );
    }
    await this.#sink.write(blobName(digest), size, verifiedStream(body, digest, size));
    return { mediaType: "application/octet-stream", digest, size };
  }

  async pushManifest(bytes: Uint8Array, options: PushManifestOptions): Promise<PushedManifest> {
    const { mediaType, tags = [] } = options;
    const manifest = parseManifest(bytes, mediaType);
    const digest = options.digest ?? digestOf(bytes);
    if (digestOf(bytes, algorithmOf(digest)) !== digest) {
      throw new RegistryError("DIGEST_INVALID", `Cannot write manifest "${digest}": found other content`);
    }
    if ((await this.#sink.stat(blobName(digest))) === undefined) {
      await this.#sink.write(blobName(digest), bytes.byteLength, bodyOf(bytes));
    }
    if (manifest.kind === "index") for (const child of childrenOf(manifest)) this.#children.add(child.digest);
    const descriptor = { mediaType, digest, size: bytes.byteLength };
    this.#pushed.set(digest, { descriptor, tags: [...(this.#pushed.get(digest)?.tags ?? []), ...tags] });
    return { descriptor, tags, ...(manifest.subject && { subject: manifest.subject.digest }) };
  }

  async finish(): Promise<void> {
    const added = [...this.#pushed.values()].flatMap(({ descriptor, tags }) => {
      const named = tags.map((tag) => ({ ...descriptor, annotations: toAnnotations(tag) }));
      return named.length > 0 || this.#children.has(descriptor.digest) ? named : [descriptor];
    });
    const names = new Set([...this.#pushed.values()].flatMap(({ tags }) => tags));
    const kept = this.#before.filter((entry) => !isReplaced(entry, names, this.#pushed));
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [...kept, ...added] };
    await this.#writeText(ociNames.layout, ociLayoutText);
    await this.#writeText(ociNames.index, JSON.stringify(index));
    await this.#sink.finish();
  }

  async #writeText(name: string, text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    await this.#sink.write(name, bytes.byteLength, bodyOf(bytes));
  }
}

/** A tag, or a whole reference, as archives of several images have it. */
function toAnnotations(name: string): Record<string, string> {
  return { [refNameAnnotation]: name, ...(name.includes("/") ? { [containerdNameAnnotation]: name } : {}) };
}

/** An entry whose name now means another manifest, or which says no more than one that is added. */
function isReplaced(entry: unknown, names: ReadonlySet<string>, pushed: ReadonlyMap<Digest, unknown>): boolean {
  if (!isRecord(entry)) return false;
  const name = isRecord(entry.annotations) ? entry.annotations[refNameAnnotation] : undefined;
  if (typeof name === "string") return names.has(name);
  return entry.annotations === undefined && pushed.has(entry.digest as Digest);
}
