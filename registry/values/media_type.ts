/** Media types of manifests (contract B.3). */
export const mediaTypes = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociEmpty: "application/vnd.oci.empty.v1+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
} as const;

/** Manifests that a client asks for, best first: Docker Hub answers 404 when the OCI types are missing (contract B.3). */
export const acceptedManifests: readonly string[] = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerList,
  mediaTypes.dockerManifest,
];

/** What kind of manifest a media type promises; undefined for one that is not known. */
export function manifestKindOf(mediaType: string): "image" | "index" | undefined {
  switch (mediaType) {
    case mediaTypes.ociIndex:
    case mediaTypes.dockerList:
      return "index";
    case mediaTypes.ociManifest:
    case mediaTypes.dockerManifest:
      return "image";
    default:
      return undefined;
  }
}

/** Whether a media type is one of Docker's first, signed manifests, which nobody reads any more. */
export function isSchema1(mediaType: string): boolean {
  return /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/.test(mediaType);
}

/** A Content-Type without its parameters, in lower case. */
export function bareMediaType(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** Whether `text` has the form of a media type (RFC 6838, 4.2). */
export function isMediaType(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/.test(text);
}

/** How a layer is packed, or why it cannot be unpacked into an image. */
export type LayerPacking = "tar" | "gzip" | "zstd";

/** Packing of a layer's media type, foreign and non-distributable forms included; undefined for no known layer. */
export function layerPackingOf(mediaType: string): LayerPacking | undefined {
  const oci = /^application\/vnd\.oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(gzip|zstd))?$/.exec(mediaType);
  if (oci) return (oci[1] as "gzip" | "zstd" | undefined) ?? "tar";
  const docker = /^application\/vnd\.docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.(gzip|zstd))?$/.exec(mediaType);
  return docker ? ((docker[1] as "gzip" | "zstd" | undefined) ?? "tar") : undefined;
}

/** Whether a layer stays where its `urls` say, and is in no registry by default (contract B.3). */
export function isForeignLayer(mediaType: string): boolean {
  return /^application\/vnd\.(?:docker\.image\.rootfs\.foreign\.|oci\.image\.layer\.nondistributable\.)/.test(
    mediaType,
  );
}
