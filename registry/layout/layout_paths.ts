import { join } from "node:path";
import { algorithmOf, type Digest, type DigestAlgorithm, hexOf } from "../values/digest.ts";
import { ociNames } from "../values/oci_layout.ts";

/** Algorithms that have a folder; every digest's algorithm is one of them. */
export const algorithms: readonly DigestAlgorithm[] = ["sha256", "sha384", "sha512"];

/**
 * Where things are in a layout registry:
 *
 * - `blobs/<algorithm>/<hex>`: every blob once, for repositories to link to
 * - `repositories/<name>/`: an OCI image layout each, `/` in the name spelled `+`; its blobs are hard links
 * - `repositories/<name>/uploads/<id>.<algorithm>`: what sessions have so far
 */
export class LayoutPaths {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  get repositories(): string {
    return join(this.root, "repositories");
  }

  /** A repository's folder. A plus is in no legal name, so that names and folders are one to one. */
  repository(name: string): string {
    return join(this.repositories, name.replaceAll("/", "+"));
  }

  index(repository: string): string {
    return join(this.repository(repository), ociNames.index);
  }

  blob(repository: string, digest: Digest): string {
    return join(this.blobFolder(repository, algorithmOf(digest)), hexOf(digest));
  }

  blobFolder(repository: string, algorithm: DigestAlgorithm): string {
    return join(this.repository(repository), "blobs", algorithm);
  }

  pool(digest: Digest): string {
    return join(this.poolFolder(algorithmOf(digest)), hexOf(digest));
  }

  poolFolder(algorithm: DigestAlgorithm): string {
    return join(this.root, "blobs", algorithm);
  }

  uploads(repository: string): string {
    return join(this.repository(repository), "uploads");
  }

  upload(repository: string, id: string, algorithm: DigestAlgorithm): string {
    return join(this.uploads(repository), `${id}.${algorithm}`);
  }
}
