// Images as the inventory has them, for tests of what is made of it.
import type { InventoryImage } from "../../src/images/inventory/inventory.ts";
import type { Layer } from "../../src/images/inventory/layer_graph.ts";

/** An id of an image. */
export function idOf(number: number): string {
  return `sha256:${number.toString(16).padStart(64, "0")}`;
}

/** An image of layers, that came at the first moment of all and that nobody needs. */
export function imageOf(number: number, layers: readonly Layer[], about: Partial<InventoryImage> = {}): InventoryImage {
  return {
    id: idOf(number),
    names: [`image-${number}:1`],
    digests: [`image-${number}@${idOf(number)}`],
    labels: {},
    sizeBytes: layers.reduce((sum, { bytes }) => sum + bytes, 0),
    uniqueBytes: 0,
    layers,
    certainty: "exact",
    users: [],
    pins: [],
    leases: [],
    warm: [],
    origin: "registry",
    arrivedMs: 0,
    ...about,
  };
}
