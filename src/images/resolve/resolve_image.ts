import {
  choosePlatform,
  type Descriptor,
  type Digest,
  describeUnfit,
  findArtifactFault,
  findPlatformFault,
  followIndexes,
  formatReference,
  type ImageManifest,
  type IndexManifest,
  indexesAlone,
  isDigest,
  type ManifestContent,
  namedPlatforms,
  type Platform,
  type Reference,
  type RegistryClock,
  RegistryError,
} from "../../../registry/mod.ts";
import { toFullName } from "../image_name.ts";
import { readImagePlatform } from "./image_platform.ts";
import { type Attempt, SourceQuestions } from "./source_questions.ts";
import type { Candidate, Sources } from "./sources.ts";

/** What resolving takes. */
export interface ResolveOptions {
  readonly sources: Pick<Sources, "candidatesOf">;
  readonly platform: Platform;
  readonly clock: RegistryClock;
  readonly signal: AbortSignal;
  /** A source that has not answered by then is joined by the next; 2 s unless given. */
  readonly hedgeMs?: number;
}

/** How it was found what a reference means, as far as it was. */
export interface Resolution {
  /** The one spelling of it: with its registry, and with a tag or a digest. */
  readonly name: string;
  readonly candidates: readonly Candidate[];
  /** Who was asked for what, in the order in which they answered. */
  readonly attempts: readonly Attempt[];
  readonly outcome: { readonly kind: "resolved"; readonly image: ResolvedImage } | FailedOutcome;
}

interface FailedOutcome {
  readonly kind: "failed";
  /** Whether no source had it, or what they had will not do. */
  readonly by: "sources" | "image";
  readonly error: unknown;
}

/** What a reference means. */
export interface ResolvedImage {
  /** Whose word it is what the tag points at. */
  readonly from: Candidate;
  /** What the reference names: an index, or the image itself. */
  readonly top: Descriptor;
  /** The image for the platform. */
  readonly image: Descriptor;
  /** Platforms of the index that the image was chosen from; absent when the reference names the image itself. */
  readonly offered?: readonly Platform[];
  /** The image's own; absent for an image that says nothing of it. */
  readonly platform?: Platform;
  readonly layers: number;
  /** Bytes of its layers and its configuration, as they travel. */
  readonly bytes: number;
}

/**
 * Finds out what a reference means, and keeps how. A tag costs a HEAD, which counts against no limit of pulls, and then manifests are
 * fetched by their digests. Throws as `Sources.candidatesOf()`; what sources answer is in the outcome.
 */
export async function resolveImage(reference: Reference, options: ResolveOptions): Promise<Resolution> {
  const { sources, clock, signal, hedgeMs = 2000 } = options;
  const candidates = sources.candidatesOf(reference);
  const questions = new SourceQuestions(candidates, { clock, signal, hedgeMs });
  const name = toFullName(formatReference(reference));
  const about = () => ({ name, candidates, attempts: questions.attempts });
  try {
    const image = await find(reference, questions, options.platform);
    return { ...about(), outcome: { kind: "resolved", image } };
  } catch (error) {
    signal.throwIfAborted();
    return { ...about(), outcome: { kind: "failed", by: error === questions.failure ? "sources" : "image", error } };
  }
}

async function find(reference: Reference, questions: SourceQuestions, host: Platform): Promise<ResolvedImage> {
  const { repository } = reference;
  const target = reference.digest ?? reference.tag ?? "latest";
  const [what, kind] = isDigest(target)
    ? ([`manifest "${target}"`, "blobs"] as const)
    : ([`tag "${target}"`, "tags"] as const);
  const { value: top, from } = await questions.ask(what, kind, (registry, signal) =>
    registry.statManifest(repository, target, { signal }),
  );
  const { image, manifest, offered } = await chooseImage(repository, top, questions, host);
  const fault = findArtifactFault(manifest);
  if (fault !== undefined) throw new RegistryError("MANIFEST_INVALID", fault);
  const platform = await readImagePlatform(repository, manifest, questions);
  const unfit = findPlatformFault(host, platform);
  if (unfit !== undefined) throw new RegistryError("MANIFEST_UNKNOWN", unfit);
  const { layers, config } = manifest;
  const bytes = [config, ...layers].reduce((sum, { size }) => sum + size, 0);
  return {
    ...{ from, top, image: image.descriptor, layers: layers.length, bytes },
    ...(offered ? { offered } : {}),
    ...(platform ? { platform } : {}),
  };
}

/** The image itself, or that of an index which runs best on the host. */
async function chooseImage(
  repository: string,
  top: Descriptor,
  questions: SourceQuestions,
  host: Platform,
): Promise<{ image: ManifestContent; manifest: ImageManifest; offered: Platform[] | undefined }> {
  const get = async (digest: Digest) => {
    const { value } = await questions.ask(`manifest "${digest}"`, "blobs", (registry, signal) =>
      registry.getManifest(repository, digest, { signal }),
    );
    return value;
  };
  let offered: Platform[] | undefined;
  const choose = ({ manifests }: IndexManifest) => {
    offered = namedPlatforms(manifests);
    const chosen = choosePlatform(manifests, host);
    if (!chosen) throw new RegistryError("MANIFEST_UNKNOWN", describeUnfit(host, offered));
    return chosen.digest;
  };
  const found = await followIndexes(await get(top.digest), choose, get);
  if (found) return { image: found.content, manifest: found.manifest, offered };
  throw new RegistryError("MANIFEST_INVALID", indexesAlone);
}
