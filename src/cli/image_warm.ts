import { openEngine, toPatientEngine } from "../docker/mod.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import type { PullWay } from "../images/config/pull_way.ts";
import { type EnsureParts, listStateFolders } from "../images/ensure/mod.ts";
import { WantedSet } from "../images/warm/wanted_set.ts";
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
import { firstPatienceMs } from "./first_patience.ts";
import { FollowedSettings } from "./followed_settings.ts";
import { hostAuthFor } from "./host_auth.ts";
import { readImageState } from "./image_state.ts";
import type { WarmFlags } from "./image_warm_flags.ts";
import { openInterruption } from "./interruption.ts";
import { openWarmDisplay, type WarmDisplay } from "./warm_display.ts";
import { readWarmSettings } from "./warm_settings.ts";

/** How long a daemon that restarts is waited for. */
const patienceMs = 120_000;

/** `mesos-docker image warm`: lines for each image on stdout. Exit code 1 when one of them is not there in the end. */
export async function warm(images: readonly string[], flags: WarmFlags, context: CommandContext): Promise<number> {
  const { variables, log } = context;
  const address = readDockerHost(variables);
  const config = ConfigFile.open({ variables, log });
  const wishes = { images, flags, address, variables };
  const settings = new FollowedSettings(config, (said) => readWarmSettings(wishes, said), log);
  const wanted = await WantedSet.open(settings, log);
  const state = readImageState(variables);
  using interruption = openInterruption();
  await using daemon = openEngine(address, { log });
  const soon = flags.watch ? {} : { firstPatienceMs };
  const engine = toPatientEngine(daemon, { clock: systemClock, log, patienceMs, ...soon });
  using sources = new WarmSources({ ...context, config, limits: settings.value.limits });
  using display = await openWarmDisplay(flags.json ? "json" : "text");
  const { signal } = interruption;
  const parts = {
    ...{ engine, state, sources, signal, clock: systemClock, log },
    partsFor: (reference: string) =>
      toEnsureParts(reference, { ...context, engine, config, way: settings.value.way, sources, signal }),
    tell: display.tell,
  };
  if (!flags.watch) return await warmOnce(wanted.set, { ...parts, ...settings.value }, { flags, display });
  await watchSet({ ...parts, wanted, settings });
  return exitCodes.done;
}

async function warmOnce(
  set: WarmSet,
  parts: WarmParts,
  { flags, display }: { flags: WarmFlags; display: WarmDisplay },
): Promise<number> {
  using warming = new Warming(parts);
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

/** What images of a set are got with, beside the daemon. */
interface PartsForImages {
  readonly config: ConfigFile;
  readonly way: PullWay;
  readonly sources: WarmSources;
  readonly signal: AbortSignal;
}

function toEnsureParts(
  reference: string,
  parts: CommandContext & Pick<EnsureParts, "engine"> & PartsForImages,
): EnsureParts {
  const { engine, way, sources, variables, log } = parts;
  return {
    ...{ engine, ...way, log, clock: systemClock },
    state: listStateFolders(variables),
    openRoute: async (wanted) => sources.openRoute(wanted, "as just heard"),
    findAuth: hostAuthFor(reference, parts),
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
