import { resolve } from "node:path";
import { parseReference } from "../../registry/mod.ts";
import type { EngineAddress } from "../docker/mod.ts";
import type { ImageConfig } from "../images/config/config.ts";
import type { PullWay } from "../images/config/pull_way.ts";
import { toFullName } from "../images/image_name.ts";
import type { Wanted } from "../images/warm/wanted_set.ts";
import type { WarmImage } from "../images/warm/warm_set.ts";
import { usualWarmSettings, type WarmSettings } from "../images/warm/warm_settings.ts";
import type { WarmLimits } from "../images/warm/warm_sources.ts";
import type { WarmPace } from "../images/warm/warming.ts";
import { settle } from "../notation/precedence.ts";
import type { CommandContext } from "./command_line.ts";
import type { WarmFlags } from "./image_warm_flags.ts";
import { readPullWay } from "./pull_way.ts";
import { UsageError } from "./usage_error.ts";

/** All that `image warm` goes by. */
export interface WarmChoice extends WarmPace {
  readonly wanted: Wanted;
  readonly limits: WarmLimits;
  readonly way: PullWay;
  /** Pause between two looks whether tags have moved. */
  readonly intervalMs: number;
}

/** What a command line says. */
export interface WarmWishes {
  readonly images: readonly string[];
  readonly flags: WarmFlags;
  readonly address: EngineAddress;
  readonly variables: CommandContext["variables"];
}

/** What `image warm` goes by: flags, then the configuration, then what is usual. Throws {@link UsageError}. */
export function readWarmSettings(wishes: WarmWishes, { warm, pull }: Pick<ImageConfig, "warm" | "pull">): WarmChoice {
  const { address, variables, flags } = wishes;
  const { protect, interval, concurrency, bandwidth, reserve, window } = flags;
  const said = { protect, interval, concurrency, bandwidth, reserve, window };
  const settings = settle<WarmSettings>(usualWarmSettings, said, warm);
  return {
    wanted: toWanted(wishes, settings),
    limits: {
      ...(settings.bandwidth ? { bandwidth: settings.bandwidth } : {}),
      ...(settings.reserve ? { reserve: settings.reserve } : {}),
    },
    way: readPullWay(address, { variables, flags, configured: pull }),
    atOnce: settings.concurrency,
    intervalMs: settings.interval,
    ...(settings.window ? { window: settings.window } : {}),
  };
}

function toWanted({ images, flags }: WarmWishes, { protect, file: configured }: WarmSettings): Wanted {
  const { file: named, platform } = flags;
  if (named !== undefined && images.length > 0) throw new UsageError("images and --file exclude each other");
  if (images.length > 0) return { kind: "images", images: toImages(images, platform, protect) };
  const path = named === undefined ? configured : resolve(named);
  if (path === undefined) throw new UsageError("expected images, --file, or warm.file in the configuration");
  const by = named === undefined ? "warm.file of the configuration" : "--file";
  for (const name of ["platform", "protect"] as const) {
    if (flags[name] !== undefined) throw new UsageError(`--${name} and ${by} exclude each other: the file says it`);
  }
  return { kind: "file", path };
}

function toImages(images: readonly string[], platform: string | undefined, protectMs: number): WarmImage[] {
  const named = images.map((reference) => {
    parseReference(reference);
    const more = platform === undefined ? {} : { platform };
    return { reference, name: toFullName(reference), priority: 0, protectMs, ...more };
  });
  return [...new Map(named.map((image) => [image.name, image])).values()];
}
