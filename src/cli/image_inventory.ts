import { type Command, Option } from "commander";
import { usualGcSettings } from "../images/gc/gc_settings.ts";
import { formatDuration } from "../notation/duration.ts";
import type { CommandContext } from "./command_line.ts";
import {
  givenFlags,
  intervalOption,
  parseCount,
  parsePath,
  parsePercent,
  parseSize,
  repeatable,
  tellDefaults,
} from "./flags.ts";
import { needFlags } from "./needed_flags.ts";

/** Flags of `image ls`, as the parser gives them. */
export interface LsFlags {
  sort: "name" | "size" | "unique" | "used";
  /** Of any of them; of all when empty. */
  prefix: string[];
  unused?: true;
  dangling?: true;
  json?: true;
}

/** Flags of `image pin` and `image unpin`, as the parser gives them. */
export interface PinFlags {
  prefix: string[];
  label: string[];
  json?: true;
}

/** Flags of `image gc` that were given, as the parser gives them; `false` for those that take a limit back. */
export interface GcFlags {
  dryRun?: true;
  watch?: true;
  /** Milliseconds, as all of them. */
  interval?: number;
  high?: number;
  low?: number;
  maxSize?: number | false;
  minAge?: number;
  onlyCopies?: boolean;
  maxImages?: number | false;
  pause?: number;
  dataRoot?: string;
  json?: true;
}

/** Adds the commands about what a Docker daemon has: what it is, what stays, what goes. */
export function addInventory(image: Command, context: CommandContext, end: (exitCode: number) => void): void {
  image
    .command("ls")
    .description("list images with what they take alone, who uses them and when they were last used")
    .addOption(new Option("--sort <by>", "order").choices(["name", "size", "unique", "used"]).default("name"))
    .option("--prefix <text>", "only images with a name that begins so (repeatable)", repeatable(String), [])
    .option("--unused", "only images that no container is of")
    .option("--dangling", "only images without a name")
    .option("--json", "one JSON object a line")
    .action(async (flags: LsFlags) => end(await (await import("./image_ls.ts")).ls(flags, context)));
  addPins(image, context, end);
  addGc(image, context, end);
}

function addGc(image: Command, context: CommandContext, end: (exitCode: number) => void): void {
  const { high, low, interval, minAge, pause } = usualGcSettings;
  const span = (flags: string, description: string, usualMs: number) =>
    intervalOption(flags, description, formatDuration(usualMs));
  const command = image
    .command("gc")
    .description("remove images that were not used for longest, when the disk is full to a mark")
    .option("--dry-run", "tell of every image whether it would go, and why")
    .addOption(
      new Option("--watch", "go on until a signal comes, also with what the configuration says then").conflicts(
        "dryRun",
      ),
    )
    .addOption(span("--interval <duration>", "with --watch: pause between two looks at the disk", interval))
    .option("--high <percent>", "of the disk's bytes or inodes: begin when so much is taken", parsePercent, high)
    .option("--low <percent>", "end when no more is taken", parsePercent, low)
    .option("--max-size <size>", "begin as well when all images together have more, e.g. 50g", parseSize)
    .option("--no-max-size", "whatever the configuration says, they may have any size")
    .addOption(span("--min-age <duration>", "what came or was used within that time stays", minAge))
    .option("--only-copies", "remove images as well that no registry is known to have")
    .option("--no-only-copies", "whatever the configuration says, keep those")
    .option("--max-images <count>", "most that go at once", parseCount)
    .option("--no-max-images", "whatever the configuration says, any number goes")
    .addOption(span("--pause <duration>", "pause between two removals", pause))
    .option("--data-root <folder>", "where the daemon keeps images, when that cannot be asked for", parsePath)
    .option("--json", "one JSON object a line")
    .addHelpText("after", tellDefaults("gc"))
    .action(async (_flags: unknown, command: Command) => {
      const { gc } = await import("./image_gc.ts");
      end(await gc(givenFlags<GcFlags>(command), context));
    });
  needFlags(command, { interval: "watch" });
}

function addPins(image: Command, context: CommandContext, end: (exitCode: number) => void): void {
  for (const verb of ["pin", "unpin"] as const) {
    image
      .command(`${verb} [images...]`)
      .description(
        verb === "pin"
          ? "keep images from being collected; without a name, list what is kept"
          : "let images be collected again",
      )
      .option(
        "--prefix <text>",
        "all whose name begins so, e.g. registry.lab:5000/team/ (repeatable)",
        repeatable(String),
        [],
      )
      .option("--label <key[=value]>", "all with that label (repeatable)", repeatable(String), [])
      .option("--json", "one JSON object a line")
      .action(async (images: string[], flags: PinFlags) => {
        const commands = await import("./image_pin.ts");
        end(await commands[verb](images, flags, context));
      });
  }
}
