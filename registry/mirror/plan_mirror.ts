import { signalOf } from "../call.ts";
import type { CallOptions, RegistryLister } from "../registry.ts";
import { isAbsent, isRegistryError, RegistryError } from "../registry_error.ts";
import { type Digest, digestOf } from "../values/digest.ts";
import { childrenOf, parseManifest } from "../values/manifest.ts";
import { formatBackupTag, isBackupTag } from "./backup_tag.ts";
import { chooseChildren, isOffered, rewriteIndex } from "./children.ts";
import type { MirrorJob, MirrorPlan, MirrorStep } from "./mirror_job.ts";
import { planImage } from "./plan_image.ts";
import { findAt, type Place } from "./presence.ts";
import { chooseTags, isManaged, namesAlone } from "./tag_choice.ts";
import { eachAtOnce } from "./work_list.ts";

/** Tags that are asked about at once. */
const questionsAtOnce = 8;

/**
 * Finds what a mirror lacks: one HEAD on either side for each tag, none for immutable ones that are there. Writes nothing.
 * What may not be deleted keeps nothing from being copied. Throws RegistryError.
 */
export async function planMirror(job: MirrorJob, options: CallOptions = {}): Promise<MirrorPlan> {
  const { source, target, tags: choice } = job;
  // Whoever names all tags need not be told which there are.
  const isListed = !namesAlone(choice);
  const [found, there] = await Promise.all([
    isListed ? readTags(source, options) : [],
    readTags(target, options).catch(toNone),
  ]);
  // Lists of referrers come about at the target by themselves, with what it has of its own.
  const listed = job.referrers === "copied" ? found.filter((tag) => !isReferrersTag(tag)) : found;
  const wanted = chooseTags([...new Set([...(choice.names ?? []), ...listed])], choice);
  const has = new Set(there);
  const steps = new Map<string, MirrorStep>();
  await eachAtOnce(wanted, questionsAtOnce, async (tag) => {
    steps.set(tag, await planTag(job, tag, has, options));
  });
  const ordered = wanted.flatMap((tag) => steps.get(tag) ?? []);
  const { steps: deletions, ...refusal } = planDeletions(job, has, new Set(wanted));
  return { steps: [...ordered, ...deletions], ...refusal };
}

/** Bytes that a plan would move, each blob counted once. */
export async function measurePlan(job: MirrorJob, plan: MirrorPlan, options: CallOptions = {}): Promise<number> {
  let bytes = 0;
  const { source, target, platforms, referrers } = job;
  const copying = { ...(platforms && { platforms }), ...(referrers && { referrers }), known: new Set<Digest>() };
  const changes = plan.steps.flatMap((step) => (step.kind === "add" || step.kind === "update" ? [step] : []));
  await eachAtOnce(changes, questionsAtOnce, async ({ tag: name, digest }) => {
    const { missing } = await planImage(source, target, digest, { ...copying, name, ...signalOf(options) });
    for (const { size } of missing) bytes += size;
  });
  return bytes;
}

async function planTag(
  job: MirrorJob,
  tag: string,
  there: ReadonlySet<string>,
  options: CallOptions,
): Promise<MirrorStep> {
  const { source, target, immutable } = job;
  if (there.has(tag) && immutable?.test(tag)) return { kind: "same", tag };
  try {
    const [{ digest }, has] = await Promise.all([
      source.registry.statManifest(source.repository, tag, options),
      there.has(tag) ? findAt(target.registry.statManifest(target.repository, tag, options)) : undefined,
    ]);
    if (has === undefined) return { kind: there.has(tag) ? "update" : "add", tag, digest };
    const isSame = has.digest === digest || (await isRewritten(job, digest, has.digest, options));
    return isSame ? { kind: "same", tag } : { kind: "update", tag, digest };
  } catch (error) {
    // One name that is not there keeps none of the others.
    if (!isAbsent(error)) throw error;
    return { kind: "missing", tag, error };
  }
}

/** Whether the target has what an index becomes where it is not taken as it is. */
async function isRewritten(
  { source, platforms }: MirrorJob,
  digest: Digest,
  has: Digest,
  options: CallOptions,
): Promise<boolean> {
  if (platforms === undefined) return false;
  const { bytes, descriptor } = await source.registry.getManifest(source.repository, digest, options);
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (!isOffered(manifest, platforms)) return false;
  const children = chooseChildren(manifest, platforms);
  return children.length < childrenOf(manifest).length && digestOf(rewriteIndex(bytes, children)) === has;
}

function planDeletions(
  { tags: choice, deleteExtraneous, target }: MirrorJob,
  there: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
): MirrorPlan {
  if (!deleteExtraneous) return { steps: [] };
  const { maximumPercent, backup } = deleteExtraneous;
  const isOurs = (tag: string) => (backup !== undefined && isBackupTag(backup, tag)) || isReferrersTag(tag);
  const managed = [...there].filter((tag) => isManaged(tag, choice) && !isOurs(tag));
  const extraneous = managed.filter((tag) => !wanted.has(tag));
  if (extraneous.length * 100 > managed.length * maximumPercent) {
    const found = `${extraneous.length} of ${managed.length} tags would be, more than ${maximumPercent} per cent`;
    const enough = Math.ceil((extraneous.length * 100) / managed.length);
    const wayOut = `allow ${enough} by maximumPercent, or remove tags by registry rm`;
    const refused = new RegistryError("DENIED", `Cannot delete tags of "${target.repository}": ${found}; ${wayOut}`);
    return { steps: [], refused };
  }
  const backupOf = (tag: string) => (backup === undefined ? {} : { backup: formatBackupTag(backup, tag) });
  return { steps: extraneous.map((tag) => ({ kind: "delete", tag, ...backupOf(tag) })) };
}

/** A list of referrers, which is at the target because that has no other (contract B.4). */
function isReferrersTag(tag: string): boolean {
  return /^sha(?:256|384|512)-[0-9a-f]{64}$/.test(tag);
}

async function readTags({ registry, repository }: Place<RegistryLister>, options: CallOptions): Promise<string[]> {
  return await Array.fromAsync(registry.listTags(repository, options));
}

/** A target that was never written to. */
function toNone(error: unknown): string[] {
  if (isRegistryError(error, "NAME_UNKNOWN")) return [];
  throw error;
}
