import assert from "node:assert/strict";
import { test } from "node:test";
import { findArtifactFault } from "../../../registry/values/artifact.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";

const blob = { digest: digestOf(new Uint8Array()), size: 0 };
const gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
const helm = "application/vnd.cncf.helm.config.v1+json";

function find(config: string, layers: readonly string[], artifactType?: string): string | undefined {
  const type = artifactType === undefined ? {} : { artifactType };
  const parts = layers.map((mediaType) => ({ ...blob, mediaType }));
  return findArtifactFault({ ...type, config: { ...blob, mediaType: config }, layers: parts });
}

test("findArtifactFault() lets images be, those of old and unknown forms among them", () => {
  for (const [config, ...layers] of [
    [mediaTypes.ociConfig],
    [mediaTypes.ociConfig, gzip, "application/vnd.oci.image.layer.nondistributable.v1.tar"],
    [mediaTypes.ociConfig, "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"],
    [mediaTypes.dockerConfig, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"],
    ["application/octet-stream", "application/octet-stream"],
    ["text/html", "application/vnd.docker.image.rootfs.diff.tar.gzip"],
    ["application/json", gzip],
  ] as const) {
    assert.equal(find(config, layers), undefined, config);
  }
  assert.equal(find(mediaTypes.ociConfig, [gzip], "application/x.note"), undefined, "an image may be called something");
});

test("findArtifactFault() tells what a chart, a signature and an attestation are", () => {
  for (const [type, config, layers, artifactType] of [
    [helm, helm, ["application/vnd.cncf.helm.chart.content.v1.tar+gzip"]],
    ["application/x.sbom", mediaTypes.ociEmpty, [mediaTypes.ociEmpty], "application/x.sbom"],
    ["application/vnd.docker.plugin.v1+json", "application/vnd.docker.plugin.v1+json", [gzip]],
    // As BuildKit and cosign push them.
    ["application/vnd.in-toto+json", mediaTypes.ociConfig, ["application/vnd.in-toto+json"]],
    [
      "application/vnd.dev.cosign.simplesigning.v1+json",
      mediaTypes.ociConfig,
      ["application/vnd.dev.cosign.simplesigning.v1+json"],
    ],
  ] as const) {
    const advice = "name an image, or copy it as it is to a registry or an image layout";
    assert.equal(find(config, layers, artifactType), `it is no image but an artifact of type "${type}": ${advice}`);
  }
});
