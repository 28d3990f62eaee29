import {
  eachAtOnce,
  type MirrorJob,
  type MirrorOutcome,
  type MirrorPlan,
  type MirrorStep,
  measurePlan,
  planMirror,
  type Registry,
  type RunOptions,
  runMirror,
  SharedCopies,
  Slots,
} from "../../registry/mod.ts";
import { readMirrorFile } from "../images/mirror/mirror_file.ts";
import { toMirrorJob } from "../images/mirror/mirror_job.ts";
import type { MirroredRepository } from "../images/mirror/mirror_schema.ts";
import type { Places } from "../images/mirror/places.ts";
import type { CommandContext } from "./command_line.ts";
import { exitCodes } from "./exit_code.ts";
import { type Failure, toFailure } from "./failure.ts";
import { openInterruption } from "./interruption.ts";
import { openPlaces } from "./open_places.ts";
import { toThrottle } from "./throttle.ts";
import { openTransferDisplay } from "./transfer_display.ts";

/** Flags of `registry mirror`, as the parser gives them. */
export interface MirrorFlags {
  dryRun?: true;
  json?: true;
  concurrency: number;
  /** Bytes a second. */
  bandwidth?: number;
  /** Manifests of a registry's quota that are left to others. */
  reserve?: number;
}

/** Repositories of a file that are looked at at once; transfers have a limit of their own. */
const repositoriesAtOnce = 4;

/** What one target of one repository came to; a line for programs. */
interface Line extends Partial<Failure> {
  source: string;
  target: string;
  tag?: string;
  /** What was, or with --dry-run would be, done; a deletion without a tag is of all that may not be deleted. */
  step: "add" | "update" | "delete" | "missing" | "total" | "plan";
  bytes?: number;
  /** Tag that keeps what a deleted one was. */
  backup?: string;
  /** Digest that an index got which the target does not take as it is. */
  rewritten?: string;
  /** Tags by what was, or would be, done. */
  tags?: Record<MirrorStep["kind"], number>;
}

/** `mesos-docker registry mirror FILE`: a line for each tag that changes; fails when one of them could not be copied, or may not be deleted. */
export async function mirror(path: string, flags: MirrorFlags, context: CommandContext): Promise<number> {
  const file = await readMirrorFile(path);
  using interruption = openInterruption();
  using places = openPlaces({ ...context, ...(flags.reserve === undefined ? {} : { reserve: flags.reserve }) });
  using display = await openTransferDisplay(flags.json || flags.dryRun ? "none" : "bars");
  const { signal } = interruption;
  const running = {
    atOnce: flags.concurrency,
    listener: display.listener,
    signal,
    ...toThrottle(flags.bandwidth, signal),
  };
  const shared = new SharedByTarget(flags.concurrency);
  let exitCode: number = exitCodes.done;
  await eachAtOnce(file.repositories, repositoriesAtOnce, async (repository) => {
    for (const target of repository.targets) {
      for await (const line of mirrorOne(repository, target, { places, flags, running, shared })) {
        // What is corrupt is not mended by another run, so that it is told before all other failures.
        if (line.code === "CORRUPT") exitCode = exitCodes.corrupt;
        else if (line.error !== undefined && exitCode === exitCodes.done) exitCode = exitCodes.failed;
        display.print(flags.json ? JSON.stringify(line) : toText(line));
      }
    }
  });
  return exitCode;
}

/** What copies to one registry share; all together have one limit. */
class SharedByTarget {
  readonly #slots: Slots;
  readonly #copies = new Map<Registry, SharedCopies>();

  constructor(atOnce: number) {
    this.#slots = new Slots(atOnce);
  }

  of({ target: { registry } }: MirrorJob): SharedCopies {
    const known = this.#copies.get(registry) ?? new SharedCopies(this.#slots);
    this.#copies.set(registry, known);
    return known;
  }
}

interface MirrorMeans {
  places: Places;
  flags: MirrorFlags;
  running: RunOptions & { signal: AbortSignal };
  shared: SharedByTarget;
}

/** A repository that cannot be planned keeps none of the others. */
async function* mirrorOne(repository: MirroredRepository, target: string, means: MirrorMeans): AsyncGenerator<Line> {
  const { flags, running, shared } = means;
  const { signal } = running;
  const about = { source: repository.source, target };
  try {
    const job = toMirrorJob(repository, target, means.places);
    const plan = await planMirror(job, { signal });
    const tags = countSteps(plan);
    if (plan.refused) yield { ...about, step: "delete", ...toFailure(plan.refused) };
    if (flags.dryRun) {
      for (const step of plan.steps) if (step.kind !== "same") yield { ...about, ...toLine(step) };
      yield { ...about, step: "plan", bytes: await measurePlan(job, plan, { signal }), tags };
      return;
    }
    let bytes = 0;
    for await (const outcome of runMirror(job, plan, { ...running, shared: shared.of(job) })) {
      const line = { ...about, ...toDoneLine(outcome) };
      bytes += line.bytes ?? 0;
      yield line;
    }
    yield { ...about, step: "total", bytes, tags };
  } catch (error) {
    signal.throwIfAborted();
    yield { ...about, step: "plan", ...toFailure(error) };
  }
}

function countSteps({ steps }: MirrorPlan): Record<MirrorStep["kind"], number> {
  const counts = { same: 0, add: 0, update: 0, delete: 0, missing: 0 };
  for (const { kind } of steps) counts[kind]++;
  return counts;
}

type StepLine = Pick<Line, "tag" | "step" | "bytes" | "backup" | "rewritten" | "error" | "code">;

function toLine(step: Exclude<MirrorStep, { kind: "same" }>): StepLine {
  const { kind, tag } = step;
  const backup = kind === "delete" && step.backup !== undefined ? { backup: step.backup } : {};
  return { tag, step: kind, ...backup, ...(kind === "missing" ? toFailure(step.error) : {}) };
}

function toDoneLine(outcome: MirrorOutcome): StepLine {
  const { step } = outcome;
  if (step.kind === "same") throw new TypeError(`Cannot tell of "${step.tag}": nothing was done`);
  const copied = outcome.kind === "done" ? outcome.copied : undefined;
  return {
    ...toLine(step),
    bytes: copied?.bytes ?? 0,
    ...(copied?.rewritten === undefined ? {} : { rewritten: copied.rewritten }),
    ...(outcome.kind === "failed" ? toFailure(outcome.error) : {}),
  };
}

function toText({ source, target, tag, step, bytes, backup, rewritten, error }: Line): string {
  const what = tag === undefined ? step : `${step} ${tag}`;
  if (error !== undefined) return `${target}: cannot ${what}${step === "delete" ? "" : ` from ${source}`}: ${error}`;
  const more = [
    ...(bytes === undefined ? [] : [`${bytes} bytes`]),
    ...(backup === undefined ? [] : [`kept as ${backup}`]),
    ...(rewritten === undefined ? [] : [`its index without what was left out is ${rewritten}`]),
  ];
  return [`${target}: ${what}`, ...more].join(", ");
}
