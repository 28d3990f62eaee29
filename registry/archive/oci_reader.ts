import type { BlobContent, CallOptions, ManifestContent, Registry } from "../registry.ts";
import { ifThere, RegistryError } from "../registry_error.ts";
import { unsupportedRegistry } from "../unsupported_registry.ts";
import { type ByteRange, type ByteSpan, outOfRange, resolveRange } from "../values/byte_range.ts";
import { type Descriptor, isRecord, toDescriptor } from "../values/descriptor.ts";
import { algorithmOf, type Digest, digestOf, isDigest } from "../values/digest.ts";
import { parseManifest, toReferrer } from "../values/manifest.ts";
import { blobName, ociNames, refNameAnnotation } from "../values/oci_layout.ts";
import { countedStream, verifiedStream } from "../verified_stream.ts";
import { corrupt, type Members, readContents, readJsonMember, readMember } from "./members.ts";

/** An OCI image layout as a registry to read from. It has one repository, whatever it is called. */
export interface OciReader {
  readonly registry: Registry;
  /** What its index lists, in that order. */
  readonly entries: readonly Descriptor[];
}

/** Reads an image layout from a folder or an archive. CORRUPT when it is none, UNSUPPORTED for a later version. */
export async function openOciReader(members: Members): Promise<OciReader> {
  await assertVersion(members);
  const entries = await readOciEntries(members);
  const reader = new LayoutReader(members, entries);
  const registry = unsupportedRegistry({
    getBlob: (_, digest, options) => reader.getBlob(digest, options),
    statBlob: (_, digest) => reader.statBlob(digest),
    getManifest: (_, target) => reader.getManifest(target),
    statManifest: async (_, target) => (await reader.getManifest(target)).descriptor,
    listTags: () => reader.listTags(),
    listReferrers: (_, digest, options) => reader.listReferrers(digest, options),
  });
  return { registry, entries };
}

async function assertVersion(members: Members): Promise<void> {
  const document = await readContents(members, ociNames.layout);
  const version = isRecord(document) ? document.imageLayoutVersion : undefined;
  if (typeof version !== "string") throw corrupt(members.place, `"${ociNames.layout}" has no imageLayoutVersion`);
  if (version.startsWith("1.")) return;
  throw new RegistryError("UNSUPPORTED", `Cannot read "${members.place}": found an image layout of version ${version}`);
}

/** What an image layout's index lists. */
async function readOciEntries(members: Members): Promise<Descriptor[]> {
  const document = await readJsonMember(members, ociNames.index);
  const manifests = isRecord(document) ? document.manifests : undefined;
  if (!Array.isArray(manifests)) throw corrupt(members.place, `"${ociNames.index}" has no manifests`);
  try {
    return manifests.map((entry, at) => toDescriptor(entry, `manifests[${at}]`));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw corrupt(members.place, `in "${ociNames.index}" ${error.message}`, error);
  }
}

class LayoutReader {
  readonly #members: Members;
  readonly #entries: readonly Descriptor[];

  constructor(members: Members, entries: readonly Descriptor[]) {
    this.#members = members;
    this.#entries = entries;
  }

  async statBlob(digest: Digest): Promise<Descriptor> {
    const size = await this.#members.stat(blobName(digest));
    if (size !== undefined) return { mediaType: "application/octet-stream", digest, size };
    throw new RegistryError("BLOB_UNKNOWN", `Cannot find blob "${digest}": it is not in "${this.#members.place}"`);
  }

  async getBlob(digest: Digest, options: { range?: ByteRange } = {}): Promise<BlobContent> {
    const read = (span?: ByteSpan) => this.#members.read(blobName(digest), span);
    return readBlobContent(await this.statBlob(digest), options.range, { place: this.#members.place, read });
  }

  /** By digest, or by what an entry is named. */
  async getManifest(target: string): Promise<ManifestContent> {
    const entry = this.#entries.find(({ digest, annotations }) =>
      target.includes(":") && isDigest(target) ? digest === target : annotations?.[refNameAnnotation] === target,
    );
    const digest = entry?.digest ?? target;
    const isThere = isDigest(digest) && (await this.#members.stat(blobName(digest))) !== undefined;
    if (!isThere) {
      const found = `it is not in "${this.#members.place}"`;
      throw new RegistryError("MANIFEST_UNKNOWN", `Cannot find manifest "${target}": ${found}`);
    }
    const bytes = await readMember(this.#members, blobName(digest));
    const found = digestOf(bytes, algorithmOf(digest));
    if (found !== digest) throw corrupt(this.#members.place, `manifest "${digest}" has digest ${found}`);
    const { mediaType } = parseManifest(bytes, entry?.mediaType ?? "");
    return { bytes, descriptor: { mediaType, digest, size: bytes.byteLength } };
  }

  async *listTags(): AsyncGenerator<string> {
    for (const { annotations } of this.#entries) {
      const name = annotations?.[refNameAnnotation];
      if (name !== undefined) yield name;
    }
  }

  /** Only what the index lists is looked at: nothing else can be found without reading every blob. */
  async *listReferrers(
    subject: Digest,
    options: CallOptions & { artifactType?: string } = {},
  ): AsyncGenerator<Descriptor> {
    for (const digest of new Set(this.#entries.map((entry) => entry.digest))) {
      options.signal?.throwIfAborted();
      // An index may list what the layout does not hold.
      const content = await ifThere(this.getManifest(digest));
      if (content === undefined) continue;
      const manifest = parseManifest(content.bytes, content.descriptor.mediaType);
      const referrer = toReferrer(manifest, content.descriptor);
      if (manifest.subject?.digest !== subject) continue;
      if (options.artifactType === undefined || referrer.artifactType === options.artifactType) yield referrer;
    }
  }
}

/** A blob, or a range of it, from bytes that nobody has checked yet. */
export function readBlobContent(
  descriptor: Descriptor,
  range: ByteRange | undefined,
  { place, read }: { place: string; read: (span?: ByteSpan) => AsyncIterable<Uint8Array> },
): BlobContent {
  const { digest, size } = descriptor;
  const dispose = { [Symbol.asyncDispose]: async () => undefined };
  if (range === undefined) return { descriptor, body: verifiedStream(read(), digest, size, place), ...dispose };
  const span = resolveRange(range, size);
  if (span === undefined) throw outOfRange(descriptor);
  const body = countedStream(read(span), span.last - span.first + 1, `"${digest}"`);
  return { descriptor, span, body, ...dispose };
}
