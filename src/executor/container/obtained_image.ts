import type { Engine } from "../../docker/mod.ts";
import { HostLimits } from "../../images/config/host_limits.ts";
import { ensureImage, ImageError, type LayerForm, listStateFolders, openHostRoute } from "../../images/ensure/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { TaskError } from "../task/task_error.ts";
import type { ImageOptions, WantedImage } from "./image.ts";

/** What images are got with. */
export interface ObtainParts {
  engine: Engine;
  clock: Clock;
  log: Log;
  /** The executor's own, in which no configuration counts. */
  sandbox: string;
  /** How the daemon is given layers, if anybody has said so. */
  layers?: LayerForm;
  /** The executor's: proxies, and where the operator wants images on their way. */
  variables: Readonly<Record<string, string | undefined>>;
}

/** Of all tasks of this executor. */
const limits = new HostLimits();

/**
 * Gets an image into a daemon on this host through this process (decision 0019), and gives what a container is created with.
 * It is loaded by the first image that is missing. Throws {@link TaskError} `image`.
 */
export async function obtainImage(wanted: WantedImage, parts: ObtainParts, options: ImageOptions): Promise<string> {
  const { image } = wanted;
  const { engine, clock, log, sandbox, layers, variables } = parts;
  const { signal, onPull } = options;
  const findAuth = () => options.findAuth(image);
  try {
    const { name, outcome, bytes } = await ensureImage(
      wanted,
      {
        engine,
        clock,
        log,
        way: "gateway",
        ...(layers ? { layers } : {}),
        state: listStateFolders(variables.MESOS_DOCKER_STATE),
        openRoute: async (reference) => openHostRoute(reference, { variables, log, limits, findAuth, sandbox }),
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
