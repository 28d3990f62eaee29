/** How layers are given to a daemon: as their registry has them, or unpacked by this process on their way. */
export type LayerForm = (typeof layerForms)[number];

export const layerForms = ["compressed", "raw"] as const;

/**
 * When an image is fetched.
 *
 * - `always`: its registry is asked each time, and has to answer; what is here already is not fetched again
 * - `fresh`: the same by HEAD, and what is here serves when the registry does not answer
 * - `missing`: when the daemon does not have it
 * - `never`: not at all
 */
export type PullPolicy = (typeof pullPolicies)[number];

export const pullPolicies = ["always", "fresh", "missing", "never"] as const;

/** That of `image pull` where nobody says anything else. */
export const usualPullPolicy: PullPolicy = "always";

export const pullWays = ["gateway", "daemon"] as const;

export const agentCredentials = ["used", "ignored"] as const;

/** How bytes get to a daemon. */
export interface PullWay {
  /** Through this process, or by the daemon alone. */
  readonly way: (typeof pullWays)[number];
  /** In which form the gateway gives layers, if anybody has said so. */
  readonly layers?: LayerForm;
}

/** What the configuration says of pulls. */
export interface PullSettings {
  readonly way?: PullWay["way"] | undefined;
  readonly layers?: LayerForm | undefined;
  readonly policy?: PullPolicy | undefined;
  /** What becomes of the credentials in the agent's `--docker_config`; executors use them unless told otherwise. */
  readonly agentCredentials?: (typeof agentCredentials)[number] | undefined;
}

/** What flags and variables say comes before the configuration, whose form of layers is about its gateway. */
export function toPullWay(said: Partial<PullWay>, configured: PullSettings): PullWay {
  const way = said.way ?? configured.way ?? "gateway";
  const layers = said.layers ?? (way === "gateway" ? configured.layers : undefined);
  return { way, ...(layers === undefined ? {} : { layers }) };
}
