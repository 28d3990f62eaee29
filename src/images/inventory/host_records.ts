import type { Lease } from "../leases/lease_schema.ts";
import { listLeases } from "../leases/leases.ts";
import type { Pin } from "../pins/pin.ts";
import type { ImageState } from "../state/image_state.ts";
import type { Arrival, UseStamp, WarmRecord } from "../state/records.ts";

/** What the files of a host say of images. */
export interface HostRecords {
  readonly pins: readonly Pin[];
  readonly leases: readonly Lease[];
  readonly warm: readonly WarmRecord[];
  readonly arrivals: readonly Arrival[];
  readonly uses: readonly UseStamp[];
}

/** Reads them anew; throws `StateError` when one cannot be used, so that nothing is collected that it may protect. */
export async function readHostRecords(state: ImageState): Promise<HostRecords> {
  const [pins, leases, warm, arrivals, uses] = await Promise.all([
    state.pins.list(),
    listLeases(state),
    state.warm.list(),
    state.arrivals.list(),
    state.uses.list(),
  ]);
  return { pins, leases, warm, arrivals, uses };
}
