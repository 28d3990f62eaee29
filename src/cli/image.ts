import type { Command } from "commander";
import type { CommandContext } from "./command_line.ts";
import { addInventory } from "./image_inventory.ts";

/** Adds `image` and its commands; `end` is told the exit code. */
export function addImage(program: Command, context: CommandContext, end: (exitCode: number) => void): void {
  const image = program.command("image").description("images on this machine");
  addInventory(image, context, end);
}
