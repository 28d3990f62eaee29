import { type EngineAddress, isOnThisHost } from "../docker/mod.ts";
import { type LayerForm, layerForms, type PullSettings, type PullWay, toPullWay } from "../images/config/pull_way.ts";
import type { CommandContext } from "./command_line.ts";
import { UsageError } from "./usage_error.ts";

/** What is said of the way to the daemon. */
export interface PullWishes {
  readonly variables: CommandContext["variables"];
  readonly flags: { readonly layers?: LayerForm };
  readonly configured: PullSettings;
}

/** What flags, variables and the configuration say of the way, in this order; a daemon on another host fetches by itself, since it cannot reach this process. */
export function readPullWay(address: EngineAddress, { variables, flags, configured }: PullWishes): PullWay {
  const way = readWay(address, variables.MESOS_DOCKER_PULL);
  const layers = flags.layers ?? readLayers(variables.MESOS_DOCKER_LAYERS);
  const chosen = toPullWay({ ...(way ? { way } : {}), ...(layers ? { layers } : {}) }, configured);
  if (chosen.way === "daemon" && layers === "raw") {
    const by = way === undefined ? ', as pull.way of the configuration is "daemon"' : "";
    throw new UsageError(
      `Layers cannot be "raw" (MESOS_DOCKER_LAYERS, or --layers): the daemon fetches by itself${by}`,
    );
  }
  return chosen;
}

/** Undefined where nobody says it. */
function readWay(address: EngineAddress, text: string | undefined): PullWay["way"] | undefined {
  if (!isOnThisHost(address)) return "daemon";
  if (!text) return undefined;
  if (text === "gateway" || text === "daemon") return text;
  throw new UsageError(`MESOS_DOCKER_PULL is "${text}", expected gateway or daemon`);
}

function readLayers(text: string | undefined): LayerForm | undefined {
  const found = layerForms.find((form) => form === text);
  if (!text || found) return found;
  throw new UsageError(`MESOS_DOCKER_LAYERS is "${text}", expected ${layerForms.join(" or ")}`);
}
