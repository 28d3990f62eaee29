import type { Bench } from "../row.ts";
import { type CommandCost, measureCommand } from "./command_cost.ts";
import { requirePeer } from "./registry_process.ts";

/** What whoever has no image manager does to get an image into the daemon. */
export async function dockerPull({ signal }: Bench, image: string): Promise<CommandCost> {
  return await measureCommand([requirePeer("docker"), "pull", "--quiet", image], signal);
}
