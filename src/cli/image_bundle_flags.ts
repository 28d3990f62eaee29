import { type Command, Option } from "commander";
import type { Platform } from "../../registry/values/platform.ts";
import type { SaveOrigin } from "../images/bundle/save_bundle.ts";
import type { CommandContext } from "./command_line.ts";
import { parsePath } from "./flags.ts";
import { parsePlatformFlag } from "./platform_flag.ts";

/** Flags of `image save`, as the parser gives them. */
export interface SaveFlags {
  /** A file, or `-`. */
  output: string;
  format: "docker" | "oci";
  from: SaveOrigin;
  platform?: Platform;
  json?: true;
}

/** Flags of `image load`, as the parser gives them. */
export interface LoadFlags {
  /** A file, or `-`. */
  input: string;
  platform?: Platform;
  json?: true;
}

/** Adds the commands about archives of images. */
export function addBundles(image: Command, context: CommandContext, end: (exitCode: number) => void): void {
  image
    .command("save <images...>")
    .description("write images into one archive, each layer once")
    .option("-o, --output <file>", "the archive; standard output unless given", parsePath, "-")
    .addOption(new Option("--format <format>", "what is written").choices(["docker", "oci"]).default("docker"))
    .addOption(
      new Option("--from <origin>", "whose images; the daemon's where it has them unless given")
        .choices(["daemon", "registry", "either"])
        .default("either"),
    )
    .option("--platform <platform>", "os/architecture[/variant]; this host's unless given, oci: all", parsePlatformFlag)
    .option("--json", "one JSON object a line")
    .action(async (images: string[], flags: SaveFlags) => {
      end(await (await import("./image_save.ts")).save(images, flags, context));
    });
  image
    .command("load")
    .description("load the images of an archive into the daemon; what it holds is checked, whoever made it")
    .option(
      "-i, --input <file>",
      "docker-archive or OCI archive, also packed; standard input unless given",
      parsePath,
      "-",
    )
    .option("--platform <platform>", "os/architecture[/variant]; the daemon's own unless given", parsePlatformFlag)
    .option("--json", "one JSON object a line")
    .action(async (flags: LoadFlags) => end(await (await import("./image_load.ts")).load(flags, context)));
}
