import { RegistryError } from "../registry_error.ts";
import { type Descriptor, isRecord, isStringRecord, toDescriptor } from "./descriptor.ts";
import { bareMediaType, isMediaType, isSchema1, manifestKindOf, mediaTypes } from "./media_type.ts";
import { quoted } from "./quoted.ts";

/** Largest manifest that is read or taken: registries have to take 4 MiB (contract B.3). */
export const largestManifestBytes = 8 * 1024 * 1024;

/** What a manifest says that registries and clients act on; its bytes stay what they were. */
export type Manifest = ImageManifest | IndexManifest;

interface ManifestBase {
  readonly mediaType: string;
  /** What an artifact is; the config's media type stands in for it in lists of referrers. */
  readonly artifactType?: string;
  /** The manifest that this one is about. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One image, or an artifact of the same form. */
export interface ImageManifest extends ManifestBase {
  readonly kind: "image";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** A choice of manifests, by platform as a rule. May be empty and may hold indexes. */
export interface IndexManifest extends ManifestBase {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

/**
 * Reads a manifest that came with `contentType`. Each way in which it can be wrong has a message of its own (contract J 35);
 * all are MANIFEST_INVALID, but MANIFEST_TOO_LARGE above `maximumBytes`.
 */
export function parseManifest(
  bytes: Uint8Array,
  contentType: string,
  options: { maximumBytes?: number } = {},
): Manifest {
  const { maximumBytes = largestManifestBytes } = options;
  if (bytes.byteLength > maximumBytes) {
    throw new RegistryError(
      "MANIFEST_TOO_LARGE",
      `Cannot read manifest: found ${bytes.byteLength} bytes, expected at most ${maximumBytes}`,
    );
  }
  try {
    return readManifest(bytes, bareMediaType(contentType));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RegistryError("MANIFEST_INVALID", `Cannot read manifest: ${error.message}`, { cause: error });
  }
}

function readManifest(bytes: Uint8Array, contentType: string): Manifest {
  if (isSchema1(contentType)) throw new SyntaxError(schema1Text);
  if (/^(?:text\/html|application\/xhtml)/.test(contentType)) {
    throw new SyntaxError("found a page of HTML, as proxies and login forms answer");
  }
  const document = parseJson(bytes);
  if (!isRecord(document)) throw new SyntaxError("found JSON that is no object");
  if (document.schemaVersion === 1 || "fsLayers" in document) throw new SyntaxError(schema1Text);
  if (document.schemaVersion !== 2) throw new SyntaxError("found no schemaVersion 2");
  const kind = kindByFields(document);
  const mediaType = agreeOnMediaType(document.mediaType, contentType, kind);
  const promised = manifestKindOf(mediaType);
  if (promised !== undefined && promised !== kind) {
    throw new SyntaxError(`found the fields of an ${kind} under media type ${quoted(mediaType)}`);
  }
  return kind === "index" ? toIndex(document, mediaType) : toImage(document, mediaType);
}

const schema1Text =
  "found schema 1, which neither Docker nor OCI reads any more: push the image again with a newer client";

function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new SyntaxError("found bytes that are no UTF-8", { cause: error });
  }
  if (/^\s*</.test(text)) throw new SyntaxError("found a page of HTML or XML, as proxies and login forms answer");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError("found something else than JSON", { cause: error });
  }
}

/** Something that is both image and index would be run as one and checked as the other (CVE-2021-41190). */
function kindByFields(document: Record<string, unknown>): Manifest["kind"] {
  const isIndex = Array.isArray(document.manifests);
  const isImage = Array.isArray(document.layers) || isRecord(document.config);
  if (isIndex && isImage)
    throw new SyntaxError('found both "manifests" and "layers", which is no manifest and no index');
  if (!isIndex && !isImage) throw new SyntaxError('found neither "manifests" nor "config" and "layers"');
  return isIndex ? "index" : "image";
}

function agreeOnMediaType(stated: unknown, contentType: string, kind: Manifest["kind"]): string {
  if (stated !== undefined && typeof stated !== "string") throw new SyntaxError("found a mediaType that is no text");
  const general =
    contentType === "" || contentType === "application/json" || contentType === "application/octet-stream";
  if (stated === undefined || stated === "") {
    if (!general) return contentType;
    return kind === "index" ? mediaTypes.ociIndex : mediaTypes.ociManifest;
  }
  if (!isMediaType(stated)) throw new SyntaxError(`found mediaType ${quoted(stated)}, which is none`);
  if (!general && stated.toLowerCase() !== contentType) {
    throw new SyntaxError(`found mediaType ${quoted(stated)} under Content-Type ${quoted(contentType)}`);
  }
  return stated;
}

function toImage(document: Record<string, unknown>, mediaType: string): ImageManifest {
  const { config, layers = [] } = document;
  if (!Array.isArray(layers)) throw new SyntaxError("layers is no array");
  return {
    kind: "image",
    ...toBase(document, mediaType),
    config: toDescriptor(config, "config"),
    layers: layers.map((layer, at) => toDescriptor(layer, `layers[${at}]`)),
  };
}

function toIndex(document: Record<string, unknown>, mediaType: string): IndexManifest {
  const manifests = document.manifests as unknown[];
  return {
    kind: "index",
    ...toBase(document, mediaType),
    manifests: manifests.map((manifest, at) => toDescriptor(manifest, `manifests[${at}]`)),
  };
}

function toBase(document: Record<string, unknown>, mediaType: string): ManifestBase {
  const { artifactType, subject, annotations } = document;
  return {
    mediaType,
    ...(typeof artifactType === "string" && artifactType !== "" && { artifactType }),
    ...(subject !== undefined && subject !== null && { subject: toDescriptor(subject, "subject") }),
    ...(isStringRecord(annotations) && { annotations }),
  };
}

/** What a manifest is listed as among the referrers of its subject (distribution-spec, "Listing Referrers"). */
export function toReferrer(manifest: Manifest, identity: Pick<Descriptor, "digest" | "size">): Descriptor {
  const artifactType = manifest.artifactType ?? (manifest.kind === "image" ? manifest.config.mediaType : undefined);
  return {
    mediaType: manifest.mediaType,
    digest: identity.digest,
    size: identity.size,
    ...(artifactType !== undefined && { artifactType }),
    ...(manifest.annotations !== undefined && { annotations: manifest.annotations }),
  };
}

/** Everything that a manifest points at within its repository: config and layers, or manifests; not its subject. */
export function childrenOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === "index" ? manifest.manifests : [manifest.config, ...manifest.layers];
}
