import { type EngineAddress, isOnThisHost } from "../docker/mod.ts";
import type { CommandContext } from "./command_line.ts";
import { UsageError } from "./usage_error.ts";

/** How bytes get to a daemon: one on another host fetches by itself, since it cannot reach this process. */
export function readPullWay(
  address: EngineAddress,
  { MESOS_DOCKER_PULL: text }: CommandContext["variables"],
): "gateway" | "daemon" {
  if (!isOnThisHost(address)) return "daemon";
  if (!text || text === "gateway") return "gateway";
  if (text === "daemon") return text;
  throw new UsageError(`MESOS_DOCKER_PULL is "${text}", expected gateway or daemon`);
}
