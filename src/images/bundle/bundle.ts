import {
  containerdNameAnnotation,
  type Descriptor,
  type Digest,
  type DockerArchiveImage,
  findContentFault,
  isDigest,
  isRegistryError,
  type Members,
  noImages,
  openDockerReader,
  openOciReader,
  type Place,
  type Platform,
  parseManifest,
  pickImage,
  type Reference,
  RegistryError,
  type RegistryLister,
  type RegistryReader,
  readDockerImageId,
  readDockerImages,
  refNameAnnotation,
  type Spool,
  withDefaultTag,
} from "../../../registry/mod.ts";
import { toReference } from "../image_name.ts";

/** An image of an archive. */
export interface BundledImage {
  /** Whole names, each with a tag or a digest. */
  readonly names: readonly Reference[];
  /** What else it is called, such as a tag without a repository. */
  readonly labels: readonly string[];
  /** Of the manifest or index that an OCI archive lists; a docker-archive tells of none. */
  readonly digest?: Digest;
  /** Digest of the configuration that the image has for a platform. No layer is read. */
  findId(platform: Platform, options: { signal: AbortSignal }): Promise<Digest>;
  /** The image for a platform, to be copied: its layers are checked as they are read. */
  open(platform: Platform, options: { signal: AbortSignal }): Promise<OpenImage>;
}

/** An image as a registry to copy from. */
export interface OpenImage extends Place<RegistryReader & RegistryLister> {
  readonly target: Digest;
}

/** Name of the one repository that an archive is. */
const repository = "image";

/** The images of an archive, docker-archive or OCI, of which any may be hostile. MANIFEST_UNKNOWN when it is neither. */
export async function readBundle(members: Members, { spool }: { spool: Spool }): Promise<BundledImage[]> {
  if ((await members.stat("manifest.json")) !== undefined) {
    return (await readDockerImages(members)).map((image) => fromDocker(members, image, spool));
  }
  if ((await members.stat("oci-layout")) !== undefined) return await fromLayout(members);
  throw noImages(members.place, 'neither "manifest.json" nor "oci-layout"');
}

function fromDocker(members: Members, image: DockerArchiveImage, spool: Spool): BundledImage {
  return {
    ...sortNames(image.names),
    findId: () => readDockerImageId(members, image),
    open: async () => {
      const { registry, digest } = await openDockerReader(members, image, {
        manifests: "docker",
        layers: "as they are",
        spool,
      });
      return { registry, repository, target: digest };
    },
  };
}

/**
 * Entries of one digest are one image with several names. What is no image, such as a signature, is left out, and told when there is
 * nothing else.
 */
async function fromLayout(members: Members): Promise<BundledImage[]> {
  const { registry, entries } = await openOciReader(members);
  const images = new Map<Digest, Descriptor[]>();
  const refused: string[] = [];
  for (const [digest, named] of Map.groupBy(entries, (entry) => entry.digest)) {
    const fault = await findFault(registry, digest);
    const name = named.flatMap(toNames)[0] ?? digest;
    if (fault !== undefined) refused.push(`Cannot take "${name}" from "${members.place}": ${fault}`);
    else if (named.some(isImage)) images.set(digest, named.filter(isImage));
  }
  if (images.size === 0 && refused[0] !== undefined) throw new RegistryError("MANIFEST_INVALID", refused[0]);
  const place = { registry, repository };
  return [...images].map(([digest, named]) => {
    const texts = [...new Set(named.flatMap(toNames))];
    const name = texts[0] ?? digest;
    const pick = (platform: Platform, { signal }: { signal: AbortSignal }) =>
      pickImage(place, digest, platform, { name, signal });
    return {
      ...sortNames(texts),
      digest,
      findId: async (platform, options) => {
        const { bytes, descriptor } = await registry.getManifest(repository, await pick(platform, options), options);
        const manifest = parseManifest(bytes, descriptor.mediaType);
        if (manifest.kind === "image") return manifest.config.digest;
        throw new RegistryError("MANIFEST_INVALID", `Cannot use "${digest}" of "${members.place}": it is no image`);
      },
      open: async (platform, options) => ({ ...place, target: await pick(platform, options) }),
    };
  });
}

/** Why an entry is no image; what cannot be read is told when somebody wants it. */
async function findFault(registry: RegistryReader, digest: Digest): Promise<string | undefined> {
  try {
    const { bytes, descriptor } = await registry.getManifest(repository, digest);
    return findContentFault(bytes, descriptor.mediaType);
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    return undefined;
  }
}

function isImage({ artifactType, platform }: Descriptor): boolean {
  return artifactType === undefined && platform?.os !== "unknown";
}

function toNames({ annotations = {} }: Descriptor): string[] {
  const name = annotations[containerdNameAnnotation] ?? annotations[refNameAnnotation];
  return name === undefined ? [] : [name];
}

function sortNames(texts: readonly string[]): Pick<BundledImage, "names" | "labels"> {
  const sorted = texts.map((text) => toWholeName(text) ?? text);
  return {
    names: sorted.filter((one) => typeof one !== "string"),
    labels: sorted.filter((one) => typeof one === "string"),
  };
}

/** `7` may be a repository of Docker Hub, and is the tag of some image; a whole name says more. */
function toWholeName(text: string): Reference | undefined {
  if (!/[/:@]/.test(text) || isDigest(text)) return undefined;
  const reference = toReference(text);
  return reference && withDefaultTag(reference);
}
