import { signalOf, waitFor } from "../call.ts";
import { delegatedRegistry } from "../delegated_registry.ts";
import type { ManifestContent, ReadManifestOptions, Registry } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { isDigestTarget } from "../requests/parse_request.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { bareMediaType, isSchema1, manifestKindOf, mediaTypes } from "../values/media_type.ts";
import type { Platform } from "../values/platform.ts";
import { quoted } from "../values/quoted.ts";
import { Conversions, type ConversionsOptions } from "./conversions.ts";
import { findPlatformImage } from "./platform_image.ts";
import { conversionType } from "./schema2_manifest.ts";

/** How a registry converts. */
export interface Schema2Options extends Omit<ConversionsOptions, "source"> {
  /** Whose image of an index is given to a client that reads no index. */
  readonly platform: Platform;
}

/** A registry that converts; disposing of it ends what is being converted. */
export interface Schema2Registry extends Registry, AsyncDisposable {}

/**
 * A registry whose images can be read by clients that know nothing but Docker's schema 2, as Mesos' own containerizer: when
 * `accept` leaves out what a tag points at, they are given the image of one platform, converted where it has to be, under a
 * digest of its own that stays the same (contract I.4, J 49). Who reads what is there is given that, byte by byte. Nothing
 * is ever converted to schema 1.
 */
export function schema2(registry: Registry, options: Schema2Options): Schema2Registry {
  const { platform, store } = options;
  const conversions = new Conversions({ ...options, source: registry });

  const convert = async (
    repository: string,
    target: string,
    content: ManifestContent,
    { accept = [], ...call }: ReadManifestOptions,
  ): Promise<ManifestContent> => {
    const found = quoted(content.descriptor.mediaType);
    const refuse = (why: string) =>
      new RegistryError("MANIFEST_UNKNOWN", `Cannot give "${target}": it is ${found}, ${why}`);
    const isChoice = manifestKindOf(bareMediaType(content.descriptor.mediaType)) === "index";
    if (!accept.includes(mediaTypes.dockerManifest) && !(isChoice && accept.includes(mediaTypes.ociManifest))) {
      throw refuse("and the client accepts neither that nor anything that it could be converted to");
    }
    const image = await findPlatformImage(content, platform, (digest) =>
      registry.getManifest(repository, digest, call),
    );
    const isRead = accepts(accept, image.descriptor);
    if (!isRead && !accept.includes(mediaTypes.dockerManifest)) {
      throw refuse(`which leads to ${quoted(image.descriptor.mediaType)}, and the client accepts neither`);
    }
    const given = isRead ? image : await waitFor(conversions.find(repository, image), call.signal);
    // Whoever asks for a digest is given what has it, or nothing.
    if (!isDigestTarget(target)) return given;
    throw refuse(`which the client does not accept; in a form that it does, it is "${given.descriptor.digest}"`);
  };

  return {
    ...delegatedRegistry(registry),
    getManifest: async (repository, target, asked = {}) => {
      const content = await registry.getManifest(repository, target, signalOf(asked));
      return accepts(asked.accept, content.descriptor) ? content : await convert(repository, target, content, asked);
    },
    statManifest: async (repository, target, asked = {}) => {
      const descriptor = await registry.statManifest(repository, target, signalOf(asked));
      if (accepts(asked.accept, descriptor)) return descriptor;
      const content = await registry.getManifest(repository, target, signalOf(asked));
      return (await convert(repository, target, content, asked)).descriptor;
    },
    deleteManifest: async (repository, digest, asked) => {
      await registry.deleteManifest(repository, digest, asked);
      for (const conversion of await conversions.list(repository, digest))
        await store.deleteManifest(repository, conversion);
    },
    listReferrers: (repository, digest, asked) =>
      visible(registry.listReferrers(repository, digest, asked), asked?.artifactType),
    [Symbol.asyncDispose]: () => conversions[Symbol.asyncDispose](),
  };
}

/** Whether a client reads something. One that names no manifest at all is no judge of them and is given what is there. */
function accepts(accept: readonly string[] | undefined, { mediaType }: Descriptor): boolean {
  const bare = bareMediaType(mediaType);
  const isJudge = accept?.some((type) => manifestKindOf(type) !== undefined || isSchema1(type)) ?? false;
  return !isJudge || manifestKindOf(bare) === undefined || (accept?.includes(bare) ?? true);
}

/** Referrers but the conversions, which are a matter of this registry, unless they are asked for by their type. */
async function* visible(
  referrers: AsyncIterable<Descriptor>,
  artifactType: string | undefined,
): AsyncGenerator<Descriptor> {
  for await (const one of referrers) {
    if (one.artifactType !== conversionType || artifactType === conversionType) yield one;
  }
}
