import type { Command } from "commander";
import type { Platform } from "../../registry/values/platform.ts";
import type { CommandContext } from "./command_line.ts";
import { parsePlatformFlag } from "./platform_flag.ts";

/** Flags of `image resolve`, as the parser gives them. */
export interface ResolveFlags {
  explain?: true;
  platform?: Platform;
  json?: true;
}

/** Adds `image resolve`. */
export function addResolve(image: Command, context: CommandContext, end: (exitCode: number) => void): void {
  image
    .command("resolve <image>")
    .description("print the digest that an image's name stands for, without fetching the image")
    .option("--explain", "tell where it may be had from, who was asked and what was chosen, and why")
    .option("--platform <platform>", "os/architecture[/variant]; the daemon's own unless given", parsePlatformFlag)
    .option("--json", "all of it as one JSON object")
    .action(async (text: string, flags: ResolveFlags) => {
      const { resolve } = await import("./image_resolve.ts");
      end(await resolve(text, flags, context));
    });
}
