import { parseImageName } from "../../registry/mod.ts";
import { openEngine, toPatientEngine } from "../docker/mod.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import { HostLimits } from "../images/config/host_limits.ts";
import { type PullWay, usualPullPolicy } from "../images/config/pull_way.ts";
import { type EnsuredImage, ensureImage, ImageError, listStateFolders, openHostRoute } from "../images/ensure/mod.ts";
import { systemClock } from "../runtime/clock.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import { firstPatienceMs } from "./first_patience.ts";
import { hostAuthFor } from "./host_auth.ts";
import type { PullFlags } from "./image.ts";
import { asUsage } from "./image_state.ts";
import { openInterruption } from "./interruption.ts";
import { openPullDisplay, type PullDisplay } from "./pull_display.ts";
import { readPullWay } from "./pull_way.ts";

/** How long a daemon that restarts is waited for. */
const patienceMs = 30_000;

/** `mesos-docker image pull IMAGE…`: a line on stdout for each. Exit code 1 when one could not be had, 3 when what came was corrupt. */
export async function pull(images: readonly string[], flags: PullFlags, context: CommandContext): Promise<number> {
  const { log } = context;
  using interruption = openInterruption();
  const { signal } = interruption;
  // What cannot be a name is told before anything is fetched.
  for (const image of images) parseImageName(image);
  const state = asUsage(() => listStateFolders(context.variables));
  const address = readDockerHost(context.variables);
  await using daemon = openEngine(address, { log });
  const engine = toPatientEngine(daemon, { clock: systemClock, log, patienceMs, firstPatienceMs });
  const config = ConfigFile.open(context);
  const way = readPullWay(address, { ...context, flags, configured: config.current.pull });
  const limits = new HostLimits();
  using display = await openPullDisplay(flags.json ? "json" : "text");
  let exitCode: number = exitCodes.done;
  for (const image of images) {
    try {
      const parts = { ...context, config, engine, way, state, limits, signal, display };
      display.done(image, await pullOne(image, flags, parts));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error)) throw error;
      display.failed(image, error);
      if (error instanceof ImageError && error.code === "corrupt") exitCode = exitCodes.corrupt;
      else if (exitCode === exitCodes.done) exitCode = exitCodes.failed;
    }
  }
  return exitCode;
}

async function pullOne(
  image: string,
  { policy, platform }: PullFlags,
  parts: CommandContext & {
    config: ConfigFile;
    engine: ReturnType<typeof toPatientEngine>;
    way: PullWay;
    state: readonly string[];
    limits: HostLimits;
    signal: AbortSignal;
    display: PullDisplay;
  },
): Promise<EnsuredImage> {
  const { config, engine, way, state, limits, signal, display, variables, log } = parts;
  return await ensureImage(
    {
      image,
      pull: policy ?? config.current.pull.policy ?? usualPullPolicy,
      ...(platform === undefined ? {} : { platform }),
    },
    {
      engine,
      clock: systemClock,
      log,
      ...way,
      state,
      openRoute: async (reference) => openHostRoute(reference, { config, variables, log, limits }),
      findAuth: hostAuthFor(image, parts),
    },
    { signal, onProgress: (progress) => display.note(image, progress) },
  );
}
