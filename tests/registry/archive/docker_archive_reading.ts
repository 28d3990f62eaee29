import { join } from "node:path";
import { openArchive } from "../../../registry/archive/archive_file.ts";
import {
  chooseDockerImage,
  type DockerReaderOptions,
  openDockerReader,
  readDockerImages,
} from "../../../registry/archive/docker_reader.ts";
import { openSpool } from "../../../registry/archive/spool.ts";
import { copyImage } from "../../../registry/mirror/copy_image.ts";
import type { Registry } from "../../../registry/registry.ts";
import { type ImageManifest, parseManifest } from "../../../registry/values/manifest.ts";

/** Repository of the tests. */
export const at = "app";

export function place(registry: Registry) {
  return { registry, repository: at };
}

/** Copies an image of a docker-archive into a registry; gives its manifest there, and the names that it had. */
export async function readInto(
  target: Registry,
  path: string,
  options: Partial<DockerReaderOptions> = {},
  name?: string,
) {
  await using spool = openSpool(join(path, ".."));
  const members = await openArchive(path, { place: path, spool });
  const image = chooseDockerImage(await readDockerImages(members), name, path);
  const { registry, digest, names } = await openDockerReader(members, image, {
    manifests: "docker",
    layers: "as they are",
    spool,
    ...options,
  });
  await copyImage(place(registry), place(target), digest, { tags: ["v1"] });
  const { bytes, descriptor } = await target.getManifest(at, "v1");
  return { manifest: parseManifest(bytes, descriptor.mediaType) as ImageManifest, names };
}
