import { RegistryError } from "../registry_error.ts";
import { Slots } from "../slots.ts";
import { type CopyOptions, copyImage } from "./copy_image.ts";
import type { MirrorJob, MirrorOutcome, MirrorPlan, MirrorStep } from "./mirror_job.ts";
import { SharedCopies } from "./shared_copies.ts";
import { TagDeletions } from "./tag_deletions.ts";

/** Tags that are copied at once; blobs have a limit of their own. */
const tagsAtOnce = 8;

/** How a plan is done. */
export type RunOptions = Pick<CopyOptions, "atOnce" | "shared" | "throttle" | "listener" | "signal">;

/**
 * Does what a plan says, several tags at once, and gives every outcome as it comes. A tag that fails keeps none of the others,
 * but nothing is deleted then: what would take its place may be what is missing.
 */
export async function* runMirror(
  job: MirrorJob,
  plan: MirrorPlan,
  options: RunOptions = {},
): AsyncGenerator<MirrorOutcome> {
  const shared = options.shared ?? new SharedCopies(new Slots(options.atOnce ?? 4));
  const copies: MirrorStep[] = [];
  const deletions: Extract<MirrorStep, { kind: "delete" }>[] = [];
  for (const step of plan.steps) {
    if (step.kind === "delete") deletions.push(step);
    else if (step.kind !== "same") copies.push(step);
  }
  const template = job.deleteExtraneous?.backup;
  const means = { ...options, shared, deletions: new TagDeletions(job.target, deletions, { ...options, template }) };
  let failures = 0;
  for await (const outcome of runSteps(copies, (step) => doStep(job, step, means), options)) {
    if (outcome.kind === "failed") failures++;
    yield outcome;
  }
  // Told once: it is the same for all.
  const refusal = failures === 0 ? await means.deletions.findRefusal() : undefined;
  if (refusal !== undefined && deletions[0]) return yield { step: deletions[0], kind: "failed", error: refusal };
  const remove = async (step: MirrorStep): Promise<MirrorOutcome> => {
    if (failures === 0) return await doStep(job, step, means);
    const found = `${failures === 1 ? "a tag" : `${failures} tags`} could not be copied, so nothing is deleted`;
    return { step, kind: "failed", error: new RegistryError("DENIED", `Cannot delete tag "${step.tag}": ${found}`) };
  };
  yield* runSteps(deletions, remove, options);
}

/** Leaving it waits for what is under way. */
async function* runSteps(
  steps: readonly MirrorStep[],
  work: (step: MirrorStep) => Promise<MirrorOutcome>,
  { signal }: RunOptions,
): AsyncGenerator<MirrorOutcome> {
  const running = new Map<MirrorStep, Promise<MirrorOutcome>>();
  const rest = steps[Symbol.iterator]();
  try {
    for (let next = rest.next(); !next.done || running.size > 0; ) {
      signal?.throwIfAborted();
      if (!next.done && running.size < tagsAtOnce) {
        running.set(next.value, work(next.value));
        next = rest.next();
        continue;
      }
      const outcome = await Promise.race(running.values());
      running.delete(outcome.step);
      signal?.throwIfAborted();
      yield outcome;
    }
  } finally {
    await Promise.all(running.values());
  }
}

/** What steps are done with. */
interface StepMeans extends RunOptions {
  readonly deletions: TagDeletions;
}

/** Does a step; never rejects. */
async function doStep(job: MirrorJob, step: MirrorStep, means: StepMeans): Promise<MirrorOutcome> {
  try {
    switch (step.kind) {
      case "same":
        return { step, kind: "done" };
      case "missing":
        return { step, kind: "failed", error: step.error };
      case "delete":
        await means.deletions.delete(step);
        return { step, kind: "done" };
      default:
        return { step, kind: "done", copied: await copyTag(job, step, means) };
    }
  } catch (error) {
    return { step, kind: "failed", error };
  }
}

/** By digest: a tag that moves meanwhile is what it was when the plan was made. */
function copyTag(
  { source, target, platforms, referrers = "left out" }: MirrorJob,
  { tag, digest }: Extract<MirrorStep, { kind: "add" | "update" }>,
  { deletions: _, ...options }: StepMeans,
): ReturnType<typeof copyImage> {
  const copying = { ...options, ...(platforms && { platforms }), name: tag, referrers, tags: [tag] };
  return copyImage(source, target, digest, copying);
}
