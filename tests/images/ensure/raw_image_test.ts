import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, parseManifest } from "../../../registry/mod.ts";
import { toRawImage } from "../../../src/images/ensure/raw_image.ts";
import { blobOf, manifestOf, randomBlob } from "../../registry/conformance/specimens.ts";

const oci = "application/vnd.oci.image.layer.v1.tar";
const docker = "application/vnd.docker.image.rootfs.diff.tar";
const diffIds = ["one", "two"].map((text) => digestOf(new TextEncoder().encode(text)));

/** An image whose configuration says what is given. */
function imageOf(layerTypes: readonly string[], rootfs: unknown, mediaType: string) {
  const config = blobOf(new TextEncoder().encode(JSON.stringify({ rootfs })));
  const layers = layerTypes.map((type) => ({ ...randomBlob(10).descriptor, mediaType: type }));
  const own = manifestOf({ schemaVersion: 2, mediaType, config: config.descriptor, layers, annotations: { a: "b" } });
  const manifest = parseManifest(own.bytes, mediaType);
  if (manifest.kind !== "image") throw new Error("it is an index");
  return { resolved: { top: own, own, manifest }, config: config.bytes };
}

const kinds = [
  { manifest: "application/vnd.oci.image.manifest.v1+json", packed: `${oci}+gzip`, unpacked: oci },
  {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    packed: `${docker}.gzip`,
    unpacked: docker,
  },
] as const;

for (const { manifest: type, packed, unpacked } of kinds) {
  test(`toRawImage() names layers by what they unpack to, and keeps all else (${unpacked})`, () => {
    const { resolved, config } = imageOf([packed, packed], { diff_ids: diffIds }, type);
    const raw = toRawImage(resolved, config);
    assert.ok(raw);
    const before = JSON.parse(new TextDecoder().decode(resolved.own.bytes));
    const after = JSON.parse(new TextDecoder().decode(raw.manifest.bytes));
    const layers = diffIds.map((digest) => ({ mediaType: unpacked, digest, size: 0 }));
    assert.deepEqual(after, { ...before, layers });
    assert.deepEqual(raw.manifest.descriptor, {
      mediaType: type,
      digest: digestOf(raw.manifest.bytes),
      size: raw.manifest.bytes.byteLength,
    });
    assert.deepEqual(
      [...raw.layers].map(([digest, layer]) => [digest, layer.digest]),
      diffIds.map((digest, index) => [digest, before.layers[index].digest]),
    );
    assert.deepEqual(raw.config, { digest: before.config.digest, bytes: config });
  });
}

test("toRawImage() leaves layers that are unpacked as they are", () => {
  const [first] = diffIds;
  const { resolved } = imageOf([oci, `${oci}+gzip`], {}, kinds[0].manifest);
  const plain = resolved.manifest.layers[0];
  const config = new TextEncoder().encode(JSON.stringify({ rootfs: { diff_ids: [plain?.digest, first] } }));
  const raw = toRawImage(resolved, config);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(raw?.manifest.bytes)).layers[0], plain);
  assert.deepEqual([...(raw?.layers.keys() ?? [])], [first]);
});

for (const [why, layerTypes, rootfs] of [
  ["a layer is no archive", ["application/wasm"], { diff_ids: diffIds.slice(1) }],
  ["a layer lies elsewhere", [`${docker.replace("diff", "foreign.diff")}.gzip`], { diff_ids: diffIds.slice(1) }],
  ["the configuration names no layers", [`${oci}+gzip`], {}],
  ["the configuration names another number of layers", [`${oci}+gzip`], { diff_ids: diffIds }],
  ["the configuration names layers by something else", [`${oci}+gzip`], { diff_ids: ["first"] }],
] as const) {
  test(`toRawImage() gives nothing when ${why}`, () => {
    const { resolved, config } = imageOf(layerTypes, rootfs, kinds[0].manifest);
    assert.equal(toRawImage(resolved, config), undefined);
  });
}
