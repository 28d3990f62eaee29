import { RegistryError } from "../registry_error.ts";
import { RepositoryIndex } from "../store/repository_index.ts";
import { isRecord, toDescriptor } from "../values/descriptor.ts";
import { type Digest, isDigest } from "../values/digest.ts";
import { mediaTypes } from "../values/media_type.ts";
import { isTag } from "../values/name.ts";
import { refNameAnnotation } from "../values/oci_layout.ts";

/** Ours: the subject of a manifest, so that its referrers are found without reading every manifest. */
const subjectAnnotation = "io.mesos-docker.subject";

/** The index.json of an image layout: an entry per tag, and one for each manifest without. */
export function formatIndexFile(index: RepositoryIndex): string {
  const tags = new Map<Digest, string[]>();
  for (const [tag, digest] of index.tags) tags.set(digest, [...(tags.get(digest) ?? []), tag]);
  const manifests = [...index.manifests].flatMap(([digest, { subject, artifactType, mediaType, size }]) =>
    (tags.get(digest) ?? [undefined]).map((tag) => {
      const annotations = {
        ...(tag !== undefined && { [refNameAnnotation]: tag }),
        ...(subject !== undefined && { [subjectAnnotation]: subject }),
      };
      const described = Object.keys(annotations).length > 0 ? { annotations } : {};
      return { mediaType, digest, size, ...(artifactType !== undefined && { artifactType }), ...described };
    }),
  );
  return JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}

/**
 * Reads an index.json, ours or another tool's. Entries that name no tag of a registry (other tools write whole references
 * there) count as untagged. Throws CORRUPT that names `path`.
 */
export function parseIndexFile(text: string, path: string): RepositoryIndex {
  const index = new RepositoryIndex();
  try {
    const document: unknown = JSON.parse(text);
    const manifests = isRecord(document) ? document.manifests : undefined;
    if (!Array.isArray(manifests)) throw new SyntaxError("found no manifests");
    for (const [at, entry] of manifests.entries()) addEntry(index, entry, `manifests[${at}]`);
    return index;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RegistryError("CORRUPT", `Cannot read "${path}": ${error.message}`, { cause: error });
  }
}

function addEntry(index: RepositoryIndex, entry: unknown, where: string): void {
  const { mediaType, digest, size, artifactType, annotations = {} } = toDescriptor(entry, where);
  const tag = annotations[refNameAnnotation];
  const subject = annotations[subjectAnnotation];
  const record = {
    mediaType,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(subject !== undefined && isDigest(subject) && { subject }),
  };
  index.put(digest, record, tag !== undefined && isTag(tag) ? [tag] : []);
}
