import {
  type ArchiveConsumer,
  type ArchiveWriter,
  folderMembers,
  formatFamiliar,
  isDigest,
  type MemberSink,
  memoryRegistry,
  openDockerWriter,
  openFolderSink,
  openOciReader,
  openOciWriter,
  openTarSink,
  type Place,
  parseReference,
  type Reference,
  type Registry,
  RegistryError,
  toArchiveFile,
  withDefaultTag,
} from "../../../registry/mod.ts";
import { findImageStore } from "../../docker/mod.ts";
import type { OpenPlace } from "../mirror/places.ts";
import { openDaemonWriter, toArchiveName } from "./daemon_archive.ts";
import type { CopyMeans } from "./means.ts";
import { type CopySide, standardStream } from "./side.ts";
import type { CopySource } from "./source.ts";

/** Where an image is copied to. Disposing before {@link finish} leaves an archive that was there as it was. */
export interface CopyTarget extends Place<Registry>, AsyncDisposable {
  /** Tags that the image gets. */
  readonly tags: readonly string[];
  /** What a target that holds more than a registry needs in the end. */
  finish(): Promise<void>;
}

/** Opens the target of a copy; an archive goes to `output` when the side is `-`. */
export async function openTarget(
  side: CopySide,
  source: CopySource,
  means: CopyMeans & { readonly output: ArchiveConsumer },
): Promise<CopyTarget> {
  const { engine, spool, signal, output } = means;
  const toFile = (path: string) =>
    path === standardStream ? openTarSink("standard output", output) : openTarSink(path, toArchiveFile(path));
  switch (side.kind) {
    case "registry": {
      const { registry, repository, target, reference } = await openPlace(side.text, source, means);
      const tag = reference.tag ?? (isDigest(target) ? undefined : target);
      const tags = tag === undefined ? [] : [tag];
      return {
        registry,
        repository,
        tags,
        finish: async () => undefined,
        [Symbol.asyncDispose]: async () => undefined,
      };
    }
    case "oci": {
      const writer = (sink: MemberSink) => openOciWriter(sink, folderMembers(side.path));
      return await toTarget(await openFolderSink(side.path), writer, tagsOf(side.name, source));
    }
    case "oci-archive": {
      return await toTarget(await toFile(side.path), openOciWriter, tagsOf(side.name, source));
    }
    case "docker-archive": {
      const names = referencesOf(side.name, source).map(formatFamiliar);
      const options = { names, packings: ["tar" as const], spool };
      return await toTarget(await toFile(side.path), async (sink) => openDockerWriter(sink, options));
    }
    case "docker-daemon": {
      const store = findImageStore(await engine().info({ signal }));
      const names = referencesOf(side.image, source).map((one) => toArchiveName(one, store));
      const sink = await openTarSink("the daemon", (archive) => engine().loadImage(archive, { signal }));
      return await toTarget(sink, (taken) => openDaemonWriter(taken, store, spool), names);
    }
  }
}

/** What a target has, for a copy that is only planned: nothing is opened for writing. */
export async function openPlannedTarget(
  side: CopySide,
  source: CopySource,
  means: CopyMeans,
): Promise<Place<Registry>> {
  if (side.kind === "registry") return await openPlace(side.text, source, means);
  const members = side.kind === "oci" ? folderMembers(side.path) : undefined;
  const isThere = members !== undefined && (await members.stat("index.json")) !== undefined;
  return { registry: isThere ? (await openOciReader(members)).registry : memoryRegistry(), repository: "image" };
}

/** A repository that an image is copied to; DIGEST_INVALID when it is to be another one there. */
async function openPlace(text: string, source: CopySource, { places, signal }: CopyMeans): Promise<OpenPlace> {
  const place = places.open(text);
  if (!isDigest(place.target)) return place;
  const { digest } = await source.registry.statManifest(source.repository, source.target, { signal });
  if (digest === place.target) return place;
  throw new RegistryError("DIGEST_INVALID", `Cannot copy to "${text}": found an image of digest ${digest}`);
}

/** A sink that no writer comes of is given up. */
async function toTarget(
  sink: MemberSink,
  open: (sink: MemberSink) => Promise<ArchiveWriter>,
  tags: readonly string[] = [],
): Promise<CopyTarget> {
  try {
    const { registry, finish } = await open(sink);
    return { registry, repository: "image", tags, finish, [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose]() };
  } catch (error) {
    await sink[Symbol.asyncDispose]();
    throw error;
  }
}

/** The name that is said, else the source's tag. */
function tagsOf(name: string | undefined, source: CopySource): string[] {
  const tag = name ?? source.tag ?? source.name?.tag;
  return tag === undefined ? [] : [tag];
}

/** The name that is said, else the source's; an archive gives no name by digest. Throws ReferenceSyntaxError. */
function referencesOf(name: string | undefined, { name: named }: CopySource): Reference[] {
  const reference = name === undefined ? named : parseReference(name);
  if (reference === undefined) return [];
  const { digest: _, ...nameable } = withDefaultTag(reference);
  return nameable.tag === undefined ? [] : [nameable];
}
