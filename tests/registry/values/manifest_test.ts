import assert from "node:assert/strict";
import { test } from "node:test";
import { isRegistryError } from "../../../registry/registry_error.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { childrenOf, parseManifest, toReferrer } from "../../../registry/values/manifest.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";

const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const digest = digestOf(encode("x"));
const config = { mediaType: mediaTypes.ociConfig, digest, size: 1 };
const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size: 7 };
const image = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] as unknown[] };

const readable: readonly (readonly [string, unknown, string, "image" | "index", string])[] = [
  ["an OCI image", image, mediaTypes.ociManifest, "image", mediaTypes.ociManifest],
  ["an image without layers", { ...image, layers: undefined }, mediaTypes.ociManifest, "image", mediaTypes.ociManifest],
  [
    "parameters of the Content-Type",
    image,
    `${mediaTypes.ociManifest}; charset=utf-8`,
    "image",
    mediaTypes.ociManifest,
  ],
  ["an image of no stated type", { ...image, mediaType: undefined }, "", "image", mediaTypes.ociManifest],
  [
    "a Docker image",
    { ...image, mediaType: mediaTypes.dockerManifest },
    mediaTypes.dockerManifest,
    "image",
    mediaTypes.dockerManifest,
  ],
  ["a general Content-Type", image, "application/json", "image", mediaTypes.ociManifest],
  ["an empty index", index, mediaTypes.ociIndex, "index", mediaTypes.ociIndex],
  ["an index of no stated type", { ...index, mediaType: undefined }, "", "index", mediaTypes.ociIndex],
  [
    "a Docker list",
    { ...index, mediaType: mediaTypes.dockerList },
    mediaTypes.dockerList,
    "index",
    mediaTypes.dockerList,
  ],
];
for (const [what, document, contentType, kind, mediaType] of readable) {
  test(`parseManifest() reads ${what}`, () => {
    const manifest = parseManifest(encode(document), contentType);
    assert.equal(manifest.kind, kind);
    assert.equal(manifest.mediaType, mediaType);
  });
}

const oci = mediaTypes.ociManifest;
const refused: readonly (readonly [string, unknown, string, RegExp])[] = [
  ["an image that is an index as well", { ...image, manifests: [] }, oci, /both "manifests" and "layers"/],
  ["a config beside manifests", { ...index, config }, mediaTypes.ociIndex, /both/],
  ["neither", { schemaVersion: 2 }, oci, /neither/],
  ["a body of another type than its header", image, mediaTypes.dockerManifest, /under Content-Type/],
  ["an index under an image's type", { ...index, mediaType: undefined }, oci, /fields of an index/],
  ["HTML by its header", "<html>", "text/html; charset=utf-8", /page of HTML/],
  ["HTML by its body", "<!DOCTYPE html>", oci, /page of HTML/],
  ["schema 1 by its header", "{}", "application/vnd.docker.distribution.manifest.v1+prettyjws", /schema 1/],
  ["schema 1 by its body", { schemaVersion: 1, fsLayers: [] }, "application/json", /schema 1/],
  ["an unknown schema", { ...image, schemaVersion: 3 }, oci, /schemaVersion 2/],
  ["broken JSON", "{", oci, /something else than JSON/],
  ["JSON that is no object", "[]", oci, /no object/],
  ["a mediaType that is a number", { ...image, mediaType: 7 }, oci, /no text/],
  ["a mediaType that is none", { ...image, mediaType: "x" }, oci, /which is none/],
  ["a config without digest", { ...image, config: { ...config, digest: undefined } }, oci, /config has no digest/],
  ["a layer of negative size", { ...image, layers: [{ ...layer, size: -1 }] }, oci, /layers\[0\] has no size/],
  ["a layer of half a byte", { ...image, layers: [layer, { ...layer, size: 0.5 }] }, oci, /layers\[1\] has no size/],
  ["a short digest", { ...image, layers: [{ ...layer, digest: "sha256:ab" }] }, oci, /2 hex digits/],
  ["layers that are an object", { ...image, layers: {} }, oci, /layers is no array/],
  ["no config", { ...image, config: undefined }, oci, /config is no object/],
  [
    "a platform without os",
    { ...index, manifests: [{ ...config, platform: {} }] },
    mediaTypes.ociIndex,
    /manifests\[0\]\.platform/,
  ],
];
for (const [what, document, contentType, words] of refused) {
  test(`parseManifest() refuses ${what}`, () => {
    assert.throws(
      () => parseManifest(encode(document), contentType),
      (error) => isRegistryError(error, "MANIFEST_INVALID") && words.test(error.message),
    );
  });
}

test("parseManifest() refuses bytes that are no UTF-8", () => {
  assert.throws(() => parseManifest(Uint8Array.of(0x7b, 0xff, 0x7d), oci), /no UTF-8/);
});

test("parseManifest() refuses what is larger than its maximum before it reads it", () => {
  assert.throws(
    () => parseManifest(encode("x".repeat(11)), oci, { maximumBytes: 10 }),
    (error) => isRegistryError(error, "MANIFEST_TOO_LARGE") && /11 bytes/.test(error.message),
  );
});

test("childrenOf() names config and layers of an image, and the manifests of an index", () => {
  assert.deepEqual(childrenOf(parseManifest(encode(image), oci)), [config, layer]);
  const entry = { mediaType: oci, digest, size: 3, platform: { os: "linux", architecture: "arm", variant: "v7" } };
  assert.deepEqual(childrenOf(parseManifest(encode({ ...index, manifests: [entry] }), mediaTypes.ociIndex)), [entry]);
});

test("toReferrer() lists an artifact by its own type, else by its config's", () => {
  const annotations = { a: "b" };
  const plain = parseManifest(encode({ ...image, annotations, subject: layer }), oci);
  assert.deepEqual(plain.subject, layer);
  const identity = { digest, size: 9 };
  const common = { mediaType: oci, digest, size: 9, annotations };
  assert.deepEqual(toReferrer(plain, identity), { ...common, artifactType: mediaTypes.ociConfig });
  const typed = parseManifest(encode({ ...image, annotations, artifactType: "a/b" }), oci);
  assert.deepEqual(toReferrer(typed, identity), { ...common, artifactType: "a/b" });
});
