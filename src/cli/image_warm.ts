import { resolve } from "node:path";
import { Bandwidth, parseReference } from "../../registry/mod.ts";
import { openEngine, toPatientEngine } from "../docker/mod.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import type { PullWay } from "../images/config/pull_way.ts";
import { findHostCredentials } from "../images/credentials/mod.ts";
import { type EnsureParts, listStateFolders } from "../images/ensure/mod.ts";
import { toFullName } from "../images/image_name.ts";
import { WarmFile } from "../images/warm/warm_file.ts";
import type { WarmPlan } from "../images/warm/warm_plan.ts";
import type { WarmSet } from "../images/warm/warm_set.ts";
import { WarmSources } from "../images/warm/warm_sources.ts";
import { Warming, type WarmParts } from "../images/warm/warming.ts";
import { watchSet } from "../images/warm/watch_set.ts";
import { toByteText } from "../notation/byte_text.ts";
import { systemClock } from "../runtime/clock.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import { readImageState } from "./image_state.ts";
import type { WarmFlags } from "./image_warm_flags.ts";
import { openInterruption } from "./interruption.ts";
import { readPullWay } from "./pull_way.ts";
import { UsageError } from "./usage_error.ts";
import { openWarmDisplay, type WarmDisplay } from "./warm_display.ts";

/** How long a daemon that restarts is waited for. */
const patienceMs = 120_000;

/** What is named on a command line is protected so long: there is no file that could cease to name it. */
const usualProtectMs = 86_400_000;

/** `mesos-docker image warm`: lines for each image on stdout. Exit code 1 when one of them is not there in the end. */
export async function warm(images: readonly string[], flags: WarmFlags, context: CommandContext): Promise<number> {
  const wanted = await readWanted(images, flags, context);
  const state = readImageState(context.variables);
  const address = readDockerHost(context.variables);
  const { pull } = ConfigFile.open(context).current;
  const way = readPullWay(address, { ...context, flags, configured: pull });
  using interruption = openInterruption();
  await using daemon = openEngine(address, { log: context.log });
  const engine = toPatientEngine(daemon, { clock: systemClock, log: context.log, patienceMs });
  using sources = new WarmSources({ ...context, ...readLimits(flags) });
  using display = await openWarmDisplay(flags.json ? "json" : "text");
  const { signal } = interruption;
  const parts: WarmParts = {
    ...{ engine, state, sources, signal, clock: systemClock, log: context.log, atOnce: flags.concurrency },
    partsFor: (reference) => toEnsureParts(reference, { ...context, engine, way, sources, signal }),
    ...(flags.window === undefined ? {} : { window: flags.window }),
    tell: display.tell,
  };
  if (!flags.watch) return await warmOnce("set" in wanted ? wanted.set : wanted, parts, { flags, display });
  await watchSet({ ...parts, wanted, intervalMs: flags.interval });
  return exitCodes.done;
}

async function warmOnce(
  set: WarmSet,
  parts: WarmParts,
  { flags, display }: { flags: WarmFlags; display: WarmDisplay },
): Promise<number> {
  using warming = new Warming(parts, set.file);
  const plan = await warming.plan(set);
  if (flags.dryRun) {
    printPlan(plan, flags, display);
    return plan.refused.length === 0 ? exitCodes.done : exitCodes.failed;
  }
  await warming.begin(set, plan);
  await warming.drain();
  parts.signal.throwIfAborted();
  return warming.countUndone(set) === 0 ? exitCodes.done : exitCodes.failed;
}

async function readWanted(
  images: readonly string[],
  flags: WarmFlags,
  { log }: CommandContext,
): Promise<WarmSet | WarmFile> {
  if (flags.watch && flags.dryRun) throw new UsageError("--watch and --dry-run exclude each other");
  const { file, platform, protect = usualProtectMs } = flags;
  if (file === undefined && images.length === 0) throw new UsageError("expected images or --file");
  if (file === undefined) return { images: toImages(images, platform, protect) };
  if (images.length > 0) throw new UsageError("images and --file exclude each other");
  for (const name of ["platform", "protect"] as const) {
    if (flags[name] !== undefined) throw new UsageError(`--${name} and --file exclude each other: the file says it`);
  }
  return await WarmFile.open(resolve(file), log);
}

function toImages(images: readonly string[], platform: string | undefined, protectMs: number): WarmSet["images"] {
  const named = images.map((reference) => {
    parseReference(reference);
    const more = platform === undefined ? {} : { platform };
    return { reference, name: toFullName(reference), priority: 0, protectMs, ...more };
  });
  return [...new Map(named.map((image) => [image.name, image])).values()];
}

function readLimits({ bandwidth, reserve }: WarmFlags): { bandwidth?: Bandwidth; reserve?: number } {
  return {
    ...(bandwidth === undefined ? {} : { bandwidth: new Bandwidth(bandwidth) }),
    ...(reserve === undefined ? {} : { reserve }),
  };
}

function toEnsureParts(
  reference: string,
  parts: CommandContext & Pick<EnsureParts, "engine"> & { way: PullWay; sources: WarmSources; signal: AbortSignal },
): EnsureParts {
  const { engine, way, sources, signal, variables, log } = parts;
  return {
    ...{ engine, ...way, log, clock: systemClock },
    state: listStateFolders(variables.MESOS_DOCKER_STATE),
    openRoute: async (wanted) => sources.openRoute(wanted, "as just heard"),
    findAuth: () => findHostCredentials(reference, { variables }, { log, signal }),
  };
}

function printPlan({ present, refused, images, bytes }: WarmPlan, { json }: WarmFlags, display: WarmDisplay): void {
  const print = (value: object, text: string) => display.print(json ? JSON.stringify(value) : text);
  for (const { image, id } of present) {
    const { reference } = image;
    print({ image: reference, state: "present", id }, `${reference} is here: ${id}`);
  }
  for (const { image, state, bytes: own } of images) {
    const { reference, priority } = image;
    const size = own === undefined ? "its size is unknown" : toByteText(own);
    print({ image: reference, state, priority, bytes: own }, `${reference} would be fetched (${state}): ${size}`);
  }
  for (const { image, error } of refused) {
    print({ image: image.reference, state: "failed", code: error.code, error: error.message }, error.message);
  }
  const counts = { present: present.length, images: images.length, failed: refused.length, bytes };
  const text = `${images.length} images would be fetched, ${toByteText(bytes)}; ${present.length} are here`;
  print({ plan: counts }, text);
}
