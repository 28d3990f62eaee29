import { readFile } from "node:fs/promises";
import process from "node:process";
import { Bandwidth, type MirrorJob, measurePlan, parsePlatform, planMirror, runMirror } from "../../registry/mod.ts";
import { parseMirrorFile } from "../images/mirror/mirror_file.ts";
import type { MirroredRepository } from "../images/mirror/mirror_schema.ts";
import { Places } from "../images/mirror/places.ts";
import { onTermination } from "../runtime/termination.ts";
import type { CommandContext } from "./command_line.ts";
import { exitCodes } from "./exit_code.ts";

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

/** What one target of one repository came to; a line for programs. */
interface Line {
  source: string;
  target: string;
  tag?: string;
  /** What was, or with --dry-run would be, done. */
  step: "add" | "update" | "delete" | "total" | "plan";
  bytes?: number;
  error?: string;
}

/** `mesos-docker registry mirror FILE`: a line for each tag that changes; fails when one of them could not be copied. */
export async function mirror(path: string, flags: MirrorFlags, context: CommandContext): Promise<number> {
  const file = parseMirrorFile(await readFile(path, "utf8"), path);
  const ending = new AbortController();
  using _signals = onTermination((name) => ending.abort(new Error(`interrupted by ${name}`)));
  using places = new Places({ ...context, ...(flags.reserve === undefined ? {} : { reserve: flags.reserve }) });
  const bandwidth = flags.bandwidth === undefined ? undefined : new Bandwidth(flags.bandwidth);
  let failures = 0;
  for (const repository of file.repositories) {
    for (const target of repository.targets) {
      for await (const line of mirrorOne(repository, target, { places, flags, bandwidth, signal: ending.signal })) {
        if (line.error !== undefined) failures++;
        process.stdout.write(`${flags.json ? JSON.stringify(line) : toText(line)}\n`);
      }
    }
  }
  return failures === 0 ? exitCodes.done : exitCodes.failed;
}

interface MirrorMeans {
  places: Places;
  flags: MirrorFlags;
  bandwidth: Bandwidth | undefined;
  signal: AbortSignal;
}

/** A repository that cannot be planned keeps none of the others. */
async function* mirrorOne(repository: MirroredRepository, target: string, means: MirrorMeans): AsyncGenerator<Line> {
  const { flags, signal, bandwidth } = means;
  const { source } = repository;
  const about = { source, target };
  try {
    const job = toJob(repository, target, means.places);
    const plan = await planMirror(job, { signal });
    const changes = plan.steps.filter(({ kind }) => kind !== "same");
    if (flags.dryRun) {
      for (const { kind, tag } of changes) if (kind !== "same") yield { ...about, tag, step: kind };
      yield { ...about, step: "plan", bytes: await measurePlan(job, plan, { signal }) };
      return;
    }
    let bytes = 0;
    const throttle = bandwidth ? { throttle: (count: number) => bandwidth.take(count, { signal }) } : {};
    for await (const outcome of runMirror(job, plan, { atOnce: flags.concurrency, signal, ...throttle })) {
      const { step } = outcome;
      if (step.kind === "same") continue;
      const copied = outcome.kind === "done" ? (outcome.copied?.bytes ?? 0) : 0;
      bytes += copied;
      const error = outcome.kind === "failed" ? { error: describe(outcome.error) } : {};
      yield { ...about, tag: step.tag, step: step.kind, bytes: copied, ...error };
    }
    yield { ...about, step: "total", bytes };
  } catch (error) {
    signal.throwIfAborted();
    yield { ...about, step: "plan", error: describe(error) };
  }
}

function toJob(repository: MirroredRepository, target: string, places: Places): MirrorJob {
  const { source, tags = {}, immutable, platforms, referrers, deleteExtraneous } = repository;
  const { names, matching, notMatching, semver, newest } = tags;
  return {
    source: places.open(source),
    target: places.open(target),
    tags: {
      ...(names ? { names } : {}),
      ...(matching === undefined ? {} : { matching: new RegExp(matching) }),
      ...(notMatching === undefined ? {} : { notMatching: new RegExp(notMatching) }),
      ...(semver === undefined ? {} : { semver }),
      ...(newest === undefined ? {} : { newest }),
    },
    ...(immutable === undefined ? {} : { immutable: new RegExp(immutable) }),
    ...(platforms ? { platforms: platforms.map(parsePlatform) } : {}),
    referrers: referrers ? "copied" : "left out",
    ...(deleteExtraneous ? { deleteExtraneous } : {}),
  };
}

function toText({ source, target, tag, step, bytes, error }: Line): string {
  const size = bytes === undefined ? "" : `, ${bytes} bytes`;
  const what = tag === undefined ? step : `${step} ${tag}`;
  return error === undefined ? `${target}: ${what}${size}` : `${target}: cannot ${what} from ${source}: ${error}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
