import type { ImageStore } from "../../docker/mod.ts";
import type { Lease } from "../leases/lease_schema.ts";
import type { Pin } from "../pins/pin.ts";
import type { WarmRecord } from "../state/records.ts";
import type { Layer } from "./layer_graph.ts";
import type { Certainty } from "./layer_sizes.ts";
import type { WarmedImage } from "./warmed_image.ts";

/** Where an image came from: `none` when nobody knows a place to have it from again. */
export type ImageOrigin = "registry" | "none";

/** A container of an image, in whatever state. */
export interface ImageUser {
  readonly containerId: string;
  readonly name: string;
  /** E.g. `created`, `running`, `exited`. */
  readonly state: string;
  /** Of containers that this program has launched. */
  readonly taskId?: string;
}

/** All that is known of one image. Moments are in milliseconds since the epoch. */
export interface InventoryImage {
  readonly id: string;
  /** With a tag. */
  readonly names: readonly string[];
  /** Names with a digest. */
  readonly digests: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** As the daemon says; sums of it count shared layers many times. */
  readonly sizeBytes: number;
  /** Of layers that no other image here has. */
  readonly uniqueBytes: number;
  readonly layers: readonly Layer[];
  readonly certainty: Certainty;
  readonly users: readonly ImageUser[];
  readonly pins: readonly Pin[];
  readonly leases: readonly Lease[];
  readonly warm: readonly WarmRecord[];
  readonly origin: ImageOrigin;
  /** When it came here, was given a name, or was seen here first: the last of these. */
  readonly arrivedMs: number;
  /** When a container of it was last created, started or ended; absent when nobody has seen that. */
  readonly lastUsedMs?: number;
}

/** The images of one daemon. */
export interface Inventory {
  readonly takenMs: number;
  readonly store: ImageStore;
  readonly images: readonly InventoryImage[];
  /** Of all layers, each counted once. */
  readonly totalBytes: number;
  /** Images that were fetched ahead of need and are not here any more. */
  readonly missing: readonly WarmedImage[];
}

/** When an image was used, or would have been: one that was fetched ahead of need counts as used at that moment (J 57). */
export function effectiveUseMs({ arrivedMs, lastUsedMs = 0, warm }: InventoryImage): number {
  return Math.max(arrivedMs, lastUsedMs, ...warm.map(({ warmedAtMs }) => warmedAtMs));
}
