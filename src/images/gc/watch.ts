import { messageOf } from "../../notation/thrown.ts";
import { sleep } from "../../runtime/clock.ts";
import { type Followed, followMs } from "../../runtime/followed.ts";
import type { Log } from "../../runtime/log.ts";
import type { InventoryKeeper } from "../inventory/inventory_keeper.ts";
import { collectImages, type GcParts, type GcReport } from "./collect.ts";
import { type GcSettings, toGcRules } from "./gc_settings.ts";
import { findReached } from "./marks.ts";
import { MissingImages, type MissingParts } from "./missing_images.ts";

/** What watching takes beside what collecting does. */
export interface WatchParts extends Omit<GcParts, "inventory" | "signal" | "rules"> {
  readonly inventory: InventoryKeeper;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** What holds from the next look on. */
  readonly settings: Followed<GcSettings>;
  /** Told of each collection in which a mark was reached. */
  readonly onReport: (report: GcReport) => void;
  readonly onMissing: MissingParts["onMissing"];
}

/**
 * Collects whenever a mark is reached, until the signal. The disk is looked at in intervals, and the daemon only told of:
 * its events keep the usage, and its images are listed when a mark is reached and they have changed (contract J 62). When other
 * settings hold, it is looked at once.
 */
export async function watchImages(parts: WatchParts): Promise<void> {
  const { inventory, log } = parts;
  const failing = new AbortController();
  const signal = AbortSignal.any([parts.signal, failing.signal]);
  const missing = new MissingImages(parts);
  const following = inventory.follow(signal, (event) => {
    missing.note(event).catch((error) => {
      log.warn("cannot tell whether a warm image is missing", { error: messageOf(error) });
    });
  });
  // Whoever cannot follow must not go on as if nothing happened.
  following.catch((error) => failing.abort(error));
  let imageBytes = 0;
  while (!signal.aborted) {
    try {
      imageBytes = await look({ ...parts, signal }, imageBytes);
      await inventory.save();
    } catch (error) {
      // A daemon that is away comes back; files that cannot be used are mended by somebody.
      if (!signal.aborted) log.error("cannot collect images", { error: messageOf(error) });
    }
    await pause(parts, signal);
  }
  await following;
  await inventory.save();
}

/** Until the next look: when its time has come, or other settings hold. */
async function pause({ clock, settings }: WatchParts, signal: AbortSignal): Promise<void> {
  let leftMs = settings.value.interval;
  while (leftMs > 0 && !signal.aborted) {
    const nextMs = Math.min(leftMs, followMs);
    await sleep(clock, nextMs, { signal }).catch(() => undefined);
    leftMs -= nextMs;
    if (settings.look()) return;
  }
}

/** Gives the size of all images, as far as it is of interest. */
async function look(parts: WatchParts, knownBytes: number): Promise<number> {
  const { settings, inventory, readDisk, signal, onReport } = parts;
  const rules = toGcRules(settings.value);
  let imageBytes = knownBytes;
  if (rules.marks.maxImageBytes !== undefined && inventory.isStale) {
    imageBytes = (await inventory.take(signal)).totalBytes;
  }
  if (findReached({ disk: await readDisk?.(), imageBytes }, rules.marks).length === 0) return imageBytes;
  const report = await collectImages({ ...parts, rules, inventory, signal });
  if (report.reached.length > 0) onReport(report);
  return imageBytes - report.freedBytes;
}
