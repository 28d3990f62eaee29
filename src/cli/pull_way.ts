import { type EngineAddress, isOnThisHost } from "../docker/mod.ts";
import { type LayerForm, layerForms } from "../images/ensure/mod.ts";
import type { CommandContext } from "./command_line.ts";
import { UsageError } from "./usage_error.ts";

/** How bytes get to a daemon, and in which form if anybody has said so. */
export interface PullWay {
  readonly way: "gateway" | "daemon";
  readonly layers?: LayerForm;
}

/** What variables and flags, which come first, say of the way; a daemon on another host fetches by itself, since it cannot reach this process. */
export function readPullWay(
  address: EngineAddress,
  variables: CommandContext["variables"],
  flags: { readonly layers?: LayerForm },
): PullWay {
  const way = readWay(address, variables.MESOS_DOCKER_PULL);
  const layers = flags.layers ?? readLayers(variables.MESOS_DOCKER_LAYERS);
  if (way === "daemon" && layers === "raw") {
    throw new UsageError('Layers cannot be "raw" (MESOS_DOCKER_LAYERS, or --layers): the daemon fetches by itself');
  }
  return { way, ...(layers === undefined ? {} : { layers }) };
}

function readWay(address: EngineAddress, text: string | undefined): PullWay["way"] {
  if (!isOnThisHost(address)) return "daemon";
  if (!text || text === "gateway") return "gateway";
  if (text === "daemon") return text;
  throw new UsageError(`MESOS_DOCKER_PULL is "${text}", expected gateway or daemon`);
}

function readLayers(text: string | undefined): LayerForm | undefined {
  const found = layerForms.find((form) => form === text);
  if (!text || found) return found;
  throw new UsageError(`MESOS_DOCKER_LAYERS is "${text}", expected ${layerForms.join(" or ")}`);
}
