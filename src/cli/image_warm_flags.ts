import { type Command, InvalidArgumentError } from "commander";
import type { LayerForm } from "../images/config/pull_way.ts";
import { type DailyWindow, parseDailyWindow } from "../images/warm/daily_window.ts";
import type { CommandContext } from "./command_line.ts";
import { intervalOption, parseCount, parseInterval, parseSize } from "./flags.ts";
import { layersOption } from "./layers_flag.ts";
import { parsePlatformText } from "./platform_flag.ts";

/** Flags of `image warm`, as the parser gives them. */
export interface WarmFlags {
  file?: string;
  platform?: string;
  /** Milliseconds. */
  protect?: number;
  dryRun?: true;
  watch?: true;
  /** Milliseconds. */
  interval: number;
  concurrency: number;
  /** Bytes a second. */
  bandwidth?: number;
  /** Manifests of a registry's quota that are left to others. */
  reserve?: number;
  window?: DailyWindow;
  layers?: LayerForm;
  json?: true;
}

/** Adds `image warm`; `end` is told the exit code. */
export function addWarm(image: Command, context: CommandContext, end: (exitCode: number) => void): void {
  image
    .command("warm [images...]")
    .description("have images in the daemon before tasks need them, and keep them from being collected")
    .option("--file <path>", "a YAML file that names the images")
    .option(
      "--platform <platform>",
      "without --file: os/architecture[/variant]; the daemon's own unless given",
      parsePlatformText,
    )
    .option("--protect <duration>", "without --file: how long nothing collects them, 1days unless given", parseInterval)
    .option("--dry-run", "tell what would be fetched, and how many bytes; fetch and write nothing")
    .option(
      "--watch",
      "go on until a signal comes: what is removed, has a new tag or is new in the file is fetched as well",
    )
    .addOption(
      intervalOption("--interval <duration>", "with --watch: pause between two looks whether tags have moved", "5mins"),
    )
    .option("--concurrency <count>", "images on their way at once", parseCount, 4)
    .option("--bandwidth <size>", "bytes a second for all of them together, e.g. 20m", parseSize)
    .option("--reserve <count>", "wait while a registry's quota has no more manifests left than these", parseCount)
    .option("--window <times>", "begin images only between these times of day, e.g. 22:00-06:00", parseWindow)
    .addOption(layersOption())
    .option("--json", "one JSON object a line, for each image and state")
    .action(async (images: string[], flags: WarmFlags) => {
      const { warm } = await import("./image_warm.ts");
      end(await warm(images, flags, context));
    });
}

function parseWindow(text: string): DailyWindow {
  try {
    return parseDailyWindow(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidArgumentError("Expected two times of day such as 22:00-06:00.");
  }
}
