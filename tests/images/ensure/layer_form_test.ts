import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLayerForm } from "../../../src/images/ensure/layer_form.ts";

const imageOf = (...packings: string[]) => ({
  layers: packings.map((packing) => ({
    mediaType: `application/vnd.oci.image.layer.v1.tar${packing}`,
    digest: `sha256:${"0".repeat(64)}` as const,
    size: 1,
  })),
});
const graph = { kind: "graph" } as const;
const containerd = { kind: "containerd" } as const;

test("chooseLayerForm() has layers unpacked for a storage driver, unless somebody wishes otherwise", () => {
  assert.equal(chooseLayerForm("app", undefined, imageOf("", "+gzip"), graph), "raw");
  assert.equal(chooseLayerForm("app", undefined, imageOf("+zstd"), graph), "raw");
  assert.equal(chooseLayerForm("app", "raw", imageOf("+gzip"), graph), "raw");
  assert.equal(chooseLayerForm("app", "compressed", imageOf("+gzip"), graph), "compressed");
});

test("chooseLayerForm() leaves layers as they are where nothing is compressed", () => {
  assert.equal(chooseLayerForm("app", "raw", imageOf("", ""), graph), "compressed");
  assert.equal(chooseLayerForm("app", "raw", imageOf(""), containerd), "compressed");
});

test("chooseLayerForm() refuses unpacked layers for containerd's store, where they would make another image, and names the setting", () => {
  assert.equal(chooseLayerForm("app", undefined, imageOf("+gzip"), containerd), "compressed");
  assert.equal(chooseLayerForm("app", "compressed", imageOf("+gzip"), containerd), "compressed");
  assert.throws(() => chooseLayerForm("app", "raw", imageOf("+gzip"), containerd), {
    code: "refused",
    message:
      /^Cannot get image "app": .* use "compressed" \(--layers, MESOS_DOCKER_LAYERS, or pull\.layers of the configuration\)$/,
  });
});
