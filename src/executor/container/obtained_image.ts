import type { Reference } from "../../../registry/mod.ts";
import type { Engine } from "../../docker/mod.ts";
import { ConfigFile } from "../../images/config/config_file.ts";
import { HostLimits } from "../../images/config/host_limits.ts";
import { type PullSettings, type PullWay, toPullWay } from "../../images/config/pull_way.ts";
import type { CredentialOrigin } from "../../images/credentials/mod.ts";
import {
  ensureImage,
  findDirectAuth,
  ImageError,
  listStateFolders,
  openHostRoute,
  toImageError,
} from "../../images/ensure/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { TaskError } from "../task/task_error.ts";
import type { ObtainOptions, WantedImage } from "./image.ts";

/** What images are got with. */
export interface ObtainParts {
  engine: Engine;
  clock: Clock;
  log: Log;
  /** The executor's own, in which no configuration counts. */
  sandbox: string;
  /** What the executor's variables say of the way to the daemon, before the configuration of this host. */
  said: Partial<PullWay>;
  /** The executor's: proxies, and where the operator wants images on their way. */
  variables: Readonly<Record<string, string | undefined>>;
}

/** Of all tasks of this executor. */
const limits = new HostLimits();

/**
 * Gets an image into a daemon on this host through this process (decision 0019), and gives what a container is created with.
 * It is loaded by the first image that is missing. Throws {@link TaskError} `image`.
 */
export async function obtainImage(wanted: WantedImage, parts: ObtainParts, options: ObtainOptions): Promise<string> {
  const { image } = wanted;
  const { engine, clock, log, said, variables } = parts;
  const { signal, onPull } = options;
  try {
    const config = openConfig(image, parts);
    const { agentCredentials = "used" } = config.current.pull;
    const find = (from: CredentialOrigin) => options.findAuth(image, { from, signal });
    const findAuth = (reference: Reference) =>
      findDirectAuth(reference, {
        ...{ config, variables },
        findTaskAuth: () => find("task"),
        findAuth: () => find(agentCredentials === "used" ? "anywhere" : "host"),
      });
    const { name, outcome, bytes } = await ensureImage(
      wanted,
      {
        engine,
        clock,
        log,
        ...chooseWay(image, said, config.current.pull),
        state: listStateFolders(variables),
        openRoute: async (reference) => openHostRoute(reference, { config, variables, log, limits, findAuth }),
        findAuth,
      },
      { signal, ...(onPull ? { onProgress: (progress) => onPull(image, progress) } : {}) },
    );
    log.info("the image is here", { image, outcome, bytes });
    return name;
  } catch (cause) {
    if (!(cause instanceof ImageError)) throw cause;
    throw new TaskError("image", cause.message, { cause });
  }
}

/** Opened for each image, so that a new configuration holds for the next one. Throws {@link ImageError} `refused`. */
function openConfig(image: string, { variables, log, sandbox }: ObtainParts): ConfigFile {
  try {
    return ConfigFile.open({ variables, log, sandbox });
  } catch (error) {
    throw toImageError(image, error);
  }
}

/** Throws {@link ImageError} `refused` for what variables and configuration cannot mean together. */
function chooseWay(image: string, said: Partial<PullWay>, configured: PullSettings): PullWay {
  const chosen = toPullWay(said, configured);
  if (chosen.way === "gateway" || chosen.layers !== "raw") return chosen;
  const found =
    'layers cannot be "raw" (MESOS_DOCKER_LAYERS): the daemon fetches by itself (pull.way of the configuration)';
  throw new ImageError("refused", image, found);
}
