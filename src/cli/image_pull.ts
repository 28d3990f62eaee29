import process from "node:process";
import { parseImageName } from "../../registry/mod.ts";
import { openEngine, type TransferProgress, toPatientEngine } from "../docker/mod.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import { HostLimits } from "../images/config/host_limits.ts";
import { type PullWay, usualPullPolicy } from "../images/config/pull_way.ts";
import {
  type EnsuredImage,
  ensureImage,
  ImageError,
  type LayerProgress,
  listStateFolders,
  openHostRoute,
} from "../images/ensure/mod.ts";
import { toByteText } from "../notation/byte_text.ts";
import { systemClock } from "../runtime/clock.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import { firstPatienceMs } from "./first_patience.ts";
import { hostAuthFor } from "./host_auth.ts";
import type { PullFlags } from "./image.ts";
import { readImageState } from "./image_state.ts";
import { openInterruption } from "./interruption.ts";
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
  const state = listStateFolders(readImageState(context.variables).folder);
  const address = readDockerHost(context.variables);
  await using daemon = openEngine(address, { log });
  const engine = toPatientEngine(daemon, { clock: systemClock, log, patienceMs, firstPatienceMs });
  const config = ConfigFile.open(context);
  const way = readPullWay(address, { ...context, flags, configured: config.current.pull });
  const limits = new HostLimits();
  let exitCode: number = exitCodes.done;
  for (const image of images) {
    const teller = flags.json ? new JsonTeller(image) : new LineTeller(image);
    try {
      teller.done(await pullOne(image, flags, { ...context, config, engine, way, state, limits, signal, teller }));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error)) throw error;
      teller.failed(error);
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
    teller: Teller;
  },
): Promise<EnsuredImage> {
  const { config, engine, way, state, limits, signal, teller, variables, log } = parts;
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
    { signal, onProgress: (progress) => teller.note(progress) },
  );
}

/** Tells of one image. */
interface Teller {
  note(progress: LayerProgress | TransferProgress): void;
  done(ensured: EnsuredImage): void;
  failed(error: Error): void;
}

/** For programs. */
class JsonTeller implements Teller {
  readonly #image: string;

  constructor(image: string) {
    this.#image = image;
  }

  note({ id, ...progress }: LayerProgress | TransferProgress): void {
    if (id !== undefined) this.#write({ event: "progress", layer: id, ...progress });
  }

  done({ id, name, outcome, bytes }: EnsuredImage): void {
    this.#write({ event: "done", id, name, outcome, bytes });
  }

  failed(error: Error): void {
    this.#write({ event: "failed", code: error instanceof ImageError ? error.code : "daemon", error: error.message });
  }

  #write(line: object): void {
    process.stdout.write(`${JSON.stringify({ image: this.#image, ...line })}\n`);
  }
}

/** Pause between two lines about one image that is on its way. */
const pauseMs = 1000;

/** For people: now and then how far it is, on stderr; in the end what came of it. */
class LineTeller implements Teller {
  readonly #image: string;
  readonly #layers = new Map<string, LayerProgress | TransferProgress>();
  #toldAt = 0;

  constructor(image: string) {
    this.#image = image;
  }

  note(progress: LayerProgress | TransferProgress): void {
    if (progress.id === undefined || progress.totalBytes === undefined) return;
    this.#layers.set(progress.id, progress);
    if (systemClock.now() - this.#toldAt < pauseMs) return;
    this.#toldAt = systemClock.now();
    const layers = [...this.#layers.values()];
    const counts = new Map<string, number>();
    for (const { status } of layers) counts.set(status, (counts.get(status) ?? 0) + 1);
    const bytes = layers.reduce((sum, { currentBytes = 0 }) => sum + currentBytes, 0);
    const states = [...counts].map(([status, count]) => `${count} ${status.toLowerCase()}`).join(", ");
    process.stderr.write(`${this.#image}: ${toByteText(bytes)}, layers: ${states}\n`);
  }

  done({ id, outcome, bytes }: EnsuredImage): void {
    const moved = bytes > 0 ? `, ${toByteText(bytes)}` : "";
    process.stdout.write(`${this.#image} ${outcome}${moved}: ${id}\n`);
  }

  failed(error: Error): void {
    process.stderr.write(`mesos-docker: ${error.message}\n`);
  }
}
