import { readdir } from "node:fs/promises";
import {
  chooseDockerImage,
  folderMembers,
  type Members,
  openArchive,
  openDockerReader,
  openOciReader,
  type Place,
  type Reference,
  RegistryError,
  type RegistryLister,
  type RegistryReader,
  readDockerImages,
  refNameAnnotation,
} from "../../../registry/mod.ts";
import { findImageStore } from "../../docker/mod.ts";
import { toReference } from "../image_name.ts";
import { findKeptManifest, type SourceShape } from "./daemon_archive.ts";
import type { CopyMeans } from "./means.ts";
import { type CopySide, standardStream } from "./side.ts";

/** An image that is copied from somewhere. */
export interface CopySource extends Place<RegistryReader & RegistryLister> {
  /** Tag or digest. */
  readonly target: string;
  /** What it is called there, which a target without a name of its own takes over. */
  readonly name?: Reference;
  /** A tag without a repository. */
  readonly tag?: string;
}

/** Name of the one repository that an archive, a layout or the daemon is. */
const repository = "image";

/** Opens the source of a copy; `input` is read when the side is `-`. */
export async function openSource(
  side: CopySide,
  shape: SourceShape,
  means: CopyMeans & { readonly input: () => AsyncIterable<Uint8Array> },
): Promise<CopySource> {
  const { places, spool, engine, signal, input } = means;
  const openFile = (path: string) =>
    openArchive(path === standardStream ? input() : path, {
      place: path === standardStream ? "standard input" : path,
      spool,
      signal,
    });
  switch (side.kind) {
    case "registry": {
      const { registry, repository, target, reference } = places.open(side.text);
      return { registry, repository, target, name: reference };
    }
    case "oci":
      await assertFolder(side.path);
      return await openLayout(folderMembers(side.path), side.name);
    case "oci-archive":
      return await openLayout(await openFile(side.path), side.name);
    case "docker-archive":
      return await openDocker(await openFile(side.path), side.name, shape, means);
    case "docker-daemon": {
      const saved = engine().saveImage(side.image, { signal });
      const members = await openArchive(saved, { place: `image ${side.image} of the daemon`, spool, signal });
      const store = findImageStore(await engine().info({ signal }));
      const kept = store === "containerd" ? await findKeptManifest(members, shape) : undefined;
      const source = kept
        ? { registry: kept.registry, repository, target: kept.digest }
        : await openDocker(members, undefined, shape, means);
      const name = toReference(side.image);
      return name === undefined ? source : { ...source, name };
    }
  }
}

/** A layout that is not there is not one that is broken. */
async function assertFolder(path: string): Promise<void> {
  await readdir(path).catch((cause: Error) => {
    throw new RegistryError("NAME_UNKNOWN", `Cannot read "${path}": ${cause.message}`, { cause });
  });
}

async function openLayout(members: Members, wanted: string | undefined): Promise<CopySource> {
  const { registry, entries } = await openOciReader(members);
  const names = entries.flatMap(({ annotations }) => annotations?.[refNameAnnotation] ?? []);
  const [first, ...others] = entries;
  if (wanted === undefined && first === undefined) {
    throw new RegistryError("MANIFEST_UNKNOWN", `Cannot read "${members.place}": it holds no image`);
  }
  if (wanted === undefined && others.length > 0) {
    const found = names.length > 0 ? names : entries.map(({ digest }) => `@${digest}`);
    throw new RegistryError(
      "MANIFEST_UNKNOWN",
      `Cannot read "${members.place}": say which image of it, found ${found.join(", ")}`,
    );
  }
  const target = wanted?.replace(/^@/, "") ?? first?.digest ?? "";
  const tag =
    wanted === undefined ? first?.annotations?.[refNameAnnotation] : wanted.startsWith("@") ? undefined : wanted;
  return { registry, repository, target, ...(tag === undefined ? {} : { tag }) };
}

async function openDocker(
  members: Members,
  wanted: string | undefined,
  shape: SourceShape,
  { spool }: CopyMeans,
): Promise<CopySource> {
  const image = chooseDockerImage(await readDockerImages(members), wanted, members.place);
  const { registry, digest, names } = await openDockerReader(members, image, { ...shape, spool });
  const name = toReference(wanted !== undefined && !wanted.startsWith("@") ? wanted : (names[0] ?? ""));
  return { registry, repository, target: digest, ...(name === undefined ? {} : { name }) };
}
