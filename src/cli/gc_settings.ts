import type { EngineAddress } from "../docker/mod.ts";
import type { ImageConfig } from "../images/config/config.ts";
import { type GcSettings, usualGcSettings } from "../images/gc/gc_settings.ts";
import { type Partly, settle } from "../notation/precedence.ts";
import type { GcFlags } from "./image_inventory.ts";
import { UsageError } from "./usage_error.ts";

/**
 * What `image gc` goes by: flags, then the configuration, then what is usual. Throws {@link UsageError} for what cannot hold
 * together, or for a daemon at that address.
 */
export function readGcSettings(
  flags: GcFlags,
  { gc, source = "" }: Pick<ImageConfig, "gc" | "source">,
  { kind }: Pick<EngineAddress, "kind">,
): GcSettings {
  const said = toSaid(flags);
  const settings = settle<GcSettings>(usualGcSettings, said, gc);
  const { high, low, maxSize, dataRoot } = settings;
  const nameOf = (field: "high" | "low") =>
    said[field] === undefined && gc[field] !== undefined ? `gc.${field} of "${source}"` : `--${field}`;
  if (low > high) {
    throw new UsageError(`${nameOf("low")} is ${low}, expected at most ${high}, which is ${nameOf("high")}`);
  }
  if (high === 0) throw new UsageError("--high is 0, expected more: collecting would never end");
  // The disk of a daemon elsewhere cannot be looked at: only the size of its images can be held to.
  if (kind === "unix" || maxSize || dataRoot !== undefined) return settings;
  throw new UsageError("the daemon is on another host, whose disk cannot be looked at: give --max-size");
}

function toSaid(flags: GcFlags): Partly<GcSettings> {
  const { interval, high, low, maxSize, minAge, onlyCopies, maxImages, pause, dataRoot } = flags;
  const said = { interval, high, low, maxSize, minAge, maxImages, pause, dataRoot };
  return onlyCopies === undefined ? said : { ...said, onlyCopies: onlyCopies ? "removed" : "kept" };
}
