import { signalOf } from "../call.ts";
import type { ListOptions, Registry, RegistryLister, RegistryReader } from "../registry.ts";
import { isRegistryError, RegistryError } from "../registry_error.ts";
import type { Digest } from "../values/digest.ts";
import type { Platform } from "../values/platform.ts";
import { type Copied, type CopyOptions, copyImage, type Place, planImage } from "./copy_image.ts";
import { chooseTags, isManaged, type TagChoice } from "./tag_choice.ts";
import { eachAtOnce } from "./work_list.ts";

/** What is mirrored, from where to where. */
export interface MirrorJob {
  readonly source: Place<RegistryReader & RegistryLister>;
  readonly target: Place<Registry>;
  readonly tags: TagChoice;
  /** Tags that never move: one that the target has is not asked for. */
  readonly immutable?: RegExp;
  readonly platforms?: readonly Platform[];
  readonly referrers?: "copied" | "left out";
  /** Removes tags that the choice is about and that are not chosen (any more), unless they are more than that many per cent. */
  readonly deleteExtraneous?: { readonly maximumPercent: number };
}

/** What is to be done for a tag. */
export type MirrorStep =
  | { readonly kind: "same"; readonly tag: string }
  | { readonly kind: "add" | "update"; readonly tag: string; readonly digest: Digest }
  | { readonly kind: "delete"; readonly tag: string };

/** What is to be done for a job. */
export interface MirrorPlan {
  readonly steps: readonly MirrorStep[];
}

/** Questions at once while a plan is made. */
const questionsAtOnce = 8;

/**
 * Finds what a mirror lacks: one HEAD on either side for each tag, none for immutable ones that are there. Writes nothing.
 * Throws RegistryError; DENIED when more would be deleted than may be.
 */
export async function planMirror(job: MirrorJob, options: { signal?: AbortSignal } = {}): Promise<MirrorPlan> {
  const { source, target, tags: choice, immutable } = job;
  const found = new Set(await readTags(source, options));
  const there = new Set(await readTags(target, options).catch(toNone));
  const named = choice.names ?? [];
  const wanted = chooseTags([...new Set([...named, ...found])], choice);
  const steps = new Map<string, MirrorStep>();
  await eachAtOnce(wanted, questionsAtOnce, async (tag) => {
    if (there.has(tag) && immutable?.test(tag)) return void steps.set(tag, { kind: "same", tag });
    const { digest } = await source.registry.statManifest(source.repository, tag, options);
    const has = there.has(tag)
      ? (await target.registry.statManifest(target.repository, tag, options)).digest
      : undefined;
    if (has === digest) steps.set(tag, { kind: "same", tag });
    else steps.set(tag, { kind: has === undefined ? "add" : "update", tag, digest });
  });
  const ordered = wanted.flatMap((tag) => steps.get(tag) ?? []);
  return { steps: [...ordered, ...planDeletions(job, there, new Set(wanted))] };
}

/** Bytes that a plan would move, each blob counted once. */
export async function measurePlan(
  job: MirrorJob,
  plan: MirrorPlan,
  options: { signal?: AbortSignal } = {},
): Promise<number> {
  const missing = new Map<Digest, number>();
  const platforms = job.platforms ? { platforms: job.platforms } : {};
  for (const step of plan.steps) {
    if (step.kind !== "add" && step.kind !== "update") continue;
    const found = await planImage(job.source, job.target, step.digest, { ...platforms, ...options });
    for (const { digest, size } of found.missing) missing.set(digest, size);
  }
  return [...missing.values()].reduce((sum, size) => sum + size, 0);
}

/** What became of a step. */
export type MirrorOutcome = { step: MirrorStep } & (
  | { kind: "done"; copied?: Copied }
  | { kind: "failed"; error: unknown }
);

/** Does what a plan says, one tag after the other; a tag that fails keeps none of the others. Gives every outcome. */
export async function* runMirror(
  job: MirrorJob,
  plan: MirrorPlan,
  options: Pick<CopyOptions, "atOnce" | "throttle" | "listener" | "signal"> = {},
): AsyncGenerator<MirrorOutcome> {
  for (const step of plan.steps) {
    options.signal?.throwIfAborted();
    if (step.kind === "same") continue;
    try {
      if (step.kind === "delete") {
        await job.target.registry.deleteTag(job.target.repository, step.tag, signalOf(options));
        yield { step, kind: "done" };
      } else {
        yield { step, kind: "done", copied: await copyTag(job, step, options) };
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      yield { step, kind: "failed", error };
    }
  }
}

/** By digest: a tag that moves meanwhile is what it was when the plan was made. */
async function copyTag(
  { source, target, platforms, referrers = "left out" }: MirrorJob,
  { tag, digest }: { tag: string; digest: Digest },
  options: Pick<CopyOptions, "atOnce" | "throttle" | "listener" | "signal">,
): Promise<Copied> {
  return await copyImage(source, target, digest, {
    ...options,
    ...(platforms && { platforms }),
    referrers,
    tags: [tag],
  });
}

function planDeletions(
  { tags: choice, deleteExtraneous, target }: MirrorJob,
  there: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
): MirrorStep[] {
  if (!deleteExtraneous) return [];
  const managed = [...there].filter((tag) => isManaged(tag, choice));
  const extraneous = managed.filter((tag) => !wanted.has(tag));
  const { maximumPercent } = deleteExtraneous;
  if (extraneous.length * 100 > managed.length * maximumPercent) {
    const found = `${extraneous.length} of ${managed.length} tags would be, more than ${maximumPercent} per cent`;
    throw new RegistryError("DENIED", `Cannot delete tags of "${target.repository}": ${found}`);
  }
  return extraneous.map((tag) => ({ kind: "delete", tag }));
}

async function readTags({ registry, repository }: Place<RegistryLister>, options: ListOptions): Promise<string[]> {
  return await Array.fromAsync(registry.listTags(repository, options));
}

/** A target that was never written to. */
function toNone(error: unknown): string[] {
  if (isRegistryError(error, "NAME_UNKNOWN")) return [];
  throw error;
}
