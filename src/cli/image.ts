import type { Command } from "commander";
import type { CommandContext } from "./command_line.ts";
import { addInventory } from "./image_inventory.ts";
import { addResolve } from "./image_resolve_flags.ts";

/** Adds `image` and its commands; `end` is told the exit code. */
export function addImage(program: Command, context: CommandContext, end: (exitCode: number) => void): void {
  const image = program.command("image").description("images on this machine");
  addResolve(image, context, end);
  addInventory(image, context, end);
}
