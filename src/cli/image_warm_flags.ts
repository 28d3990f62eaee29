import { type Command, InvalidArgumentError, Option } from "commander";
import type { LayerForm } from "../images/config/pull_way.ts";
import { type DailyWindow, parseDailyWindow } from "../images/warm/daily_window.ts";
import { usualWarmSettings } from "../images/warm/warm_settings.ts";
import { formatDuration } from "../notation/duration.ts";
import type { CommandContext } from "./command_line.ts";
import { givenFlags, intervalOption, parseCount, parsePath, parseSize, tellDefaults } from "./flags.ts";
import { layersOption } from "./layers_flag.ts";
import { needFlags } from "./needed_flags.ts";
import { parsePlatformText } from "./platform_flag.ts";

/** Flags of `image warm` that were given, as the parser gives them; `false` for those that take a limit back. */
export interface WarmFlags {
  file?: string;
  platform?: string;
  /** Milliseconds. */
  protect?: number;
  dryRun?: true;
  watch?: true;
  /** Milliseconds. */
  interval?: number;
  concurrency?: number;
  /** Bytes a second. */
  bandwidth?: number | false;
  /** Manifests of a registry's quota that are left to others. */
  reserve?: number | false;
  window?: DailyWindow | false;
  layers?: LayerForm;
  json?: true;
}

/** Adds `image warm`; `end` is told the exit code. */
export function addWarm(image: Command, context: CommandContext, end: (exitCode: number) => void): void {
  const { protect, interval, concurrency } = usualWarmSettings;
  const command = image
    .command("warm [images...]")
    .description("have images in the daemon before tasks need them, and keep them from being collected")
    .option("--file <path>", "a YAML file that names the images, instead of those of the command line", parsePath)
    .option(
      "--platform <platform>",
      "without --file: os/architecture[/variant]; the daemon's own unless given",
      parsePlatformText,
    )
    .addOption(
      intervalOption("--protect <duration>", "without --file: how long nothing collects them", formatDuration(protect)),
    )
    .option("--dry-run", "tell what would be fetched, and how many bytes; fetch and write nothing")
    .addOption(
      new Option(
        "--watch",
        "go on until a signal comes: what is removed, has a new tag or is new in the file is fetched as well, and the configuration is followed",
      ).conflicts("dryRun"),
    )
    .addOption(
      intervalOption(
        "--interval <duration>",
        "with --watch: pause between two looks whether tags have moved",
        formatDuration(interval),
      ),
    )
    .option("--concurrency <count>", "images on their way at once", parseCount, concurrency)
    .option("--bandwidth <size>", "bytes a second for all of them together, e.g. 20m", parseSize)
    .option("--no-bandwidth", "whatever the configuration says, as many as come")
    .option("--reserve <count>", "wait while a registry's quota has no more manifests left than these", parseCount)
    .option("--no-reserve", "whatever the configuration says, do not wait")
    .option("--window <times>", "begin images only between these times of day, e.g. 22:00-06:00", parseWindow)
    .option("--no-window", "whatever the configuration says, at any time")
    .addOption(layersOption())
    .option("--json", "one JSON object a line, for each image and state")
    .addHelpText("after", tellDefaults("warm"))
    .action(async (images: string[], _flags: unknown, command: Command) => {
      const { warm } = await import("./image_warm.ts");
      end(await warm(images, givenFlags<WarmFlags>(command), context));
    });
  needFlags(command, { interval: "watch" });
}

function parseWindow(text: string): DailyWindow {
  try {
    return parseDailyWindow(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidArgumentError("Expected two times of day such as 22:00-06:00.");
  }
}
