import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { digestOf } from "../../../registry/values/digest.ts";
import { ask, type RawAnswer } from "../server/raw_request.ts";

/** What Mesos' own containerizer accepts (contract H.3). */
export const ucrAccept = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
].join(",");

/** What it has got hold of. */
export interface UcrImage {
  readonly digest: string;
  readonly manifest: { config: { digest: string }; layers: { digest: string }[]; annotations?: object };
  /** The archives of the layers, lowest first. */
  readonly layers: readonly Buffer[];
}

export function askLikeUcr(host: string, repository: string, target: string, method = "GET"): Promise<RawAnswer> {
  return ask(host, method, `/v2/${repository}/manifests/${target}`, { headers: { accept: ucrAccept } });
}

/**
 * Pulls as Mesos' own containerizer does: one GET by tag, a Content-Type that has to be schema 2 to the letter, then all blobs,
 * the config among them for the names of the layers. It checks no digest; this one does.
 */
export async function pullLikeUcr(host: string, repository: string, tag: string): Promise<UcrImage> {
  const { status, headers, body } = await askLikeUcr(host, repository, tag);
  assert.equal(status, 200, body.toString());
  assert.equal(headers["content-type"], "application/vnd.docker.distribution.manifest.v2+json");
  assert.equal(headers["docker-content-digest"], digestOf(body));
  const manifest = JSON.parse(body.toString());
  assert.equal(manifest.schemaVersion, 2);
  assert.equal(manifest.mediaType, headers["content-type"]);
  assert.equal(manifest.config.mediaType, "application/vnd.docker.container.image.v1+json");
  assert.ok(manifest.layers.length > 0, "it refuses an image without layers");
  const config = JSON.parse((await getBlob(host, repository, manifest.config)).toString());
  const { diff_ids: diffIds } = config.rootfs;
  assert.equal(diffIds.length, manifest.layers.length);
  const layers: Buffer[] = [];
  for (const [at, layer] of manifest.layers.entries()) {
    assert.equal(layer.mediaType, "application/vnd.docker.image.rootfs.diff.tar.gzip");
    const archive = gunzipSync(await getBlob(host, repository, layer));
    assert.equal(digestOf(archive), diffIds[at]);
    layers.push(archive);
  }
  return { digest: digestOf(body), manifest, layers };
}

async function getBlob(host: string, repository: string, blob: { digest: string; size: number }): Promise<Buffer> {
  const { status, body } = await ask(host, "GET", `/v2/${repository}/blobs/${blob.digest}`);
  assert.equal(status, 200, body.toString());
  assert.equal(body.byteLength, blob.size);
  assert.equal(digestOf(body), blob.digest);
  return body;
}
