import { toFullName } from "../image_name.ts";
import type { Lease } from "../leases/lease_schema.ts";
import { listLeases } from "../leases/leases.ts";
import type { Pin } from "../pins/pin.ts";
import type { ImageState } from "../state/image_state.ts";
import type { Arrival, UseStamp, WarmRecord } from "../state/records.ts";

/** Notes of what is long ago go: there is one for each name that was ever used. */
const rememberedMs = 30 * 24 * 3_600_000;

/** What the files of a host say of images. */
export interface HostRecords {
  readonly pins: readonly Pin[];
  readonly leases: readonly Lease[];
  readonly warm: readonly WarmRecord[];
  readonly arrivals: readonly Arrival[];
  readonly uses: readonly UseStamp[];
}

/** Of a host whose files say nothing. */
export const noRecords: HostRecords = { pins: [], leases: [], warm: [], arrivals: [], uses: [] };

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

/** Removes notes of uses that are long ago, and of arrivals of images that have long gone. */
export async function forgetOldRecords(
  state: ImageState,
  { uses, arrivals }: HostRecords,
  about: { presentIds: ReadonlySet<string>; nowMs: number },
): Promise<void> {
  const isOld = ({ atMs }: { atMs: number }) => about.nowMs - atMs > rememberedMs;
  for (const { reference } of uses.filter(isOld)) await state.uses.remove(toFullName(reference));
  for (const { imageId } of arrivals.filter((one) => isOld(one) && !about.presentIds.has(one.imageId))) {
    await state.arrivals.remove(imageId);
  }
}
