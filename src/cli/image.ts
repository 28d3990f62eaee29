import { type Command, Option } from "commander";
import { type LayerForm, type PullPolicy, pullPolicies, usualPullPolicy } from "../images/config/pull_way.ts";
import type { CommandContext } from "./command_line.ts";
import { givenFlags, tellDefaults } from "./flags.ts";
import { addBundles } from "./image_bundle_flags.ts";
import { addInventory } from "./image_inventory.ts";
import { addResolve } from "./image_resolve_flags.ts";
import { addWarm } from "./image_warm_flags.ts";
import { layersOption } from "./layers_flag.ts";
import { parsePlatformText } from "./platform_flag.ts";

/** Flags of `image pull` that were given, as the parser gives them. */
export interface PullFlags {
  policy?: PullPolicy;
  platform?: string;
  layers?: LayerForm;
  json?: true;
}

/** Adds `image` and its commands; `end` is told the exit code. */
export function addImage(program: Command, context: CommandContext, end: (exitCode: number) => void): void {
  const image = program.command("image").description("images on this machine");
  addResolve(image, context, end);
  image
    .command("pull <images...>")
    .description("get images into the daemon, through this process: bytes come once for all who pull on this host")
    .addOption(
      new Option("--policy <policy>", "when a registry is asked: each time, by HEAD, when the image is missing, never")
        .choices(pullPolicies)
        .default(usualPullPolicy),
    )
    .option("--platform <platform>", "os/architecture[/variant]; the daemon's own unless given", parsePlatformText)
    .addOption(layersOption())
    .option("--json", "one JSON object a line, progress among them")
    .addHelpText("after", tellDefaults("pull"))
    .action(async (images: string[], _flags: unknown, command: Command) => {
      const { pull } = await import("./image_pull.ts");
      end(await pull(images, givenFlags<PullFlags>(command), context));
    });
  addBundles(image, context, end);
  addWarm(image, context, end);
  addInventory(image, context, end);
}
