import assert from "node:assert/strict";
import { test } from "node:test";
import { PulledLayers } from "../../../src/images/ensure/pulled_layers.ts";

test("PulledLayers adds up what has come of the layers that it has heard of", () => {
  const layers = new PulledLayers();
  for (const id of ["a", "b", "c"]) layers.note({ id, status: "Waiting", totalBytes: 10 });
  layers.note({ id: "a", status: "Downloading", currentBytes: 4, totalBytes: 10, source: "mirror" });
  layers.note({ id: "b", status: "Already exists" });
  const { knownBytes, fetchedBytes, fetchedLayers, doneLayers } = layers;
  assert.deepEqual(
    { knownBytes, fetchedBytes, fetchedLayers, doneLayers },
    {
      knownBytes: 30,
      fetchedBytes: 14,
      fetchedLayers: 1,
      doneLayers: 1,
    },
  );
});

test("PulledLayers counts a layer in the bytes that came, whatever the daemon extracts", () => {
  const layers = new PulledLayers();
  layers.note({ id: "a", status: "Downloading", currentBytes: 10, totalBytes: 10 });
  layers.note({ id: "a", status: "Extracting", currentBytes: 1, totalBytes: 30 });
  assert.deepEqual([layers.fetchedBytes, layers.knownBytes, layers.doneLayers], [10, 10, 0]);
  layers.note({ id: "a", status: "Pull complete" });
  assert.deepEqual([layers.fetchedBytes, layers.knownBytes, layers.doneLayers], [10, 10, 1]);
});

test("PulledLayers takes no line for a layer that is of the whole image", () => {
  const layers = new PulledLayers();
  assert.equal(layers.note({ id: "7", status: "Pulling from library/redis" }), false);
  assert.equal(layers.note({ status: "Digest: sha256:00" }), false);
  assert.deepEqual(layers.all, []);
});
