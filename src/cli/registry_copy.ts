import process from "node:process";
import { addAbortSignal } from "node:stream";
import { copyImage, type Platform, pickImage, planImage } from "../../registry/mod.ts";
import type { SourceShape } from "../images/copy/daemon_archive.ts";
import type { CopyMeans } from "../images/copy/means.ts";
import { type CopySide, isDockerSide, parseCopySide, parseCopyTarget, standardStream } from "../images/copy/side.ts";
import { type CopySource, openSource } from "../images/copy/source.ts";
import { openPlannedTarget, openTarget } from "../images/copy/target.ts";
import { openTemporarySpool } from "../images/copy/temporary_spool.ts";
import { askPlatform } from "../images/daemon_platform.ts";
import { explainPlaces } from "../images/mirror/mistaken_place.ts";
import { ownPlatform } from "../runtime/own_platform.ts";
import type { CommandContext } from "./command_line.ts";
import { exitCodes } from "./exit_code.ts";
import { endByLine } from "./failure.ts";
import { openInterruption } from "./interruption.ts";
import { lazyEngine } from "./lazy_engine.ts";
import { openPlaces } from "./open_places.ts";
import { writeArchive } from "./standard_output.ts";
import { toThrottle } from "./throttle.ts";
import { openTransferDisplay } from "./transfer_display.ts";
import { UsageError } from "./usage_error.ts";

/** Flags of `registry copy`, as the parser gives them. */
export interface CopyFlags {
  platform: Platform[];
  referrers?: true;
  concurrency: number;
  /** Bytes a second. */
  bandwidth?: number;
  /** How layers are sent that a docker-archive or the daemon has unpacked. */
  layers?: "gzip" | "tar";
  dryRun?: true;
  json?: true;
}

/** `mesos-docker registry copy SOURCE TARGET`: tells the digest of what was copied. */
export async function copy(source: string, target: string, flags: CopyFlags, context: CommandContext): Promise<number> {
  const sides = { from: readSide(parseCopySide, source), to: readSide(parseCopyTarget, target) };
  checkFlags(sides, flags);
  using interruption = openInterruption();
  const { signal } = interruption;
  using places = openPlaces(context);
  await using resources = new AsyncDisposableStack();
  const spool = resources.use(await openTemporarySpool(context.log, { signal }));
  const means = { places, engine: lazyEngine(context, resources), spool, signal };
  let [line, exitCode]: [string, number] = ["", exitCodes.done];
  try {
    const result = await copySides({ ...sides, name: source }, flags, means);
    line = flags.json ? JSON.stringify(result) : toText(result);
  } catch (caught) {
    signal.throwIfAborted();
    const written = [sides.from, sides.to].flatMap((side) => (side.kind === "registry" ? [side.text] : []));
    const error = await explainPlaces(caught, written, "images anywhere");
    ({ line, exitCode } = endByLine(error, { source, target, step: flags.dryRun ? "plan" : "copy" }, flags));
  }
  // What is copied to standard output has it for itself.
  const isTaken = "path" in sides.to && sides.to.path === standardStream && !flags.dryRun;
  (isTaken ? process.stderr : process.stdout).write(`${line}\n`);
  return exitCode;
}

/** What a copy came to. */
interface CopyResult {
  step: "copy" | "plan";
  digest: string;
  /** Bytes that were, or would be, moved. */
  bytes: number;
  /** Digest that an index got which the target does not take without all its images. */
  rewritten?: string;
}

async function copySides(
  { from, to, name }: { from: CopySide; to: CopySide; name: string },
  flags: CopyFlags,
  means: CopyMeans,
): Promise<CopyResult> {
  const { signal } = means;
  const source = await openSource(from, shapeFor(to, flags), {
    ...means,
    input: () => addAbortSignal(signal, process.stdin),
  });
  const platforms = flags.platform;
  const wanted = isDockerSide(to)
    ? await pickImage(source, source.target, await hostOf(to, platforms, means), { name, signal })
    : source.target;
  const options = {
    ...(platforms.length > 0 && !isDockerSide(to) ? { platforms } : {}),
    ...(flags.referrers ? { referrers: "copied" as const } : {}),
    name,
    signal,
  };
  if (flags.dryRun) return await plan(source, { from, to }, wanted, options, means);
  using display = await openTransferDisplay(flags.json ? "none" : "progress");
  await using target = await openTarget(to, source, { ...means, output: writeArchive });
  const copied = await copyImage(source, target, wanted, {
    ...options,
    tags: target.tags,
    atOnce: flags.concurrency,
    listener: display.listener,
    ...toThrottle(flags.bandwidth, signal),
  });
  await target.finish();
  return { step: "copy", ...copied };
}

/** What is on this host is looked at whole, as that costs nobody a request. */
async function plan(
  source: CopySource,
  { from, to }: { from: CopySide; to: CopySide },
  wanted: string,
  options: Parameters<typeof planImage>[3],
  means: CopyMeans,
): Promise<CopyResult> {
  const target = await openPlannedTarget(to, source, means);
  const { digest, missing } = await planImage(source, target, wanted, {
    ...options,
    checksSource: from.kind !== "registry",
  });
  return { step: "plan", digest, bytes: missing.reduce((sum, { size }) => sum + size, 0) };
}

/** What has no manifest of its own gets one that its target knows, and layers as small as they can be sent. */
function shapeFor(to: CopySide, { layers }: CopyFlags): SourceShape {
  const manifests = to.kind === "oci" || to.kind === "oci-archive" ? "oci" : "docker";
  const isPacked = layers === undefined ? !isDockerSide(to) : layers === "gzip";
  return { manifests, layers: isPacked ? "gzip" : "as they are" };
}

/** Whom an image is chosen for, where one alone is taken: what the caller says, the daemon, or this host. */
async function hostOf(to: CopySide, [said]: readonly Platform[], { engine, signal }: CopyMeans): Promise<Platform> {
  if (said !== undefined) return said;
  if (to.kind === "docker-daemon") return await askPlatform(engine(), { signal });
  return ownPlatform();
}

function readSide(parse: (text: string) => CopySide, text: string): CopySide {
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof SyntaxError ? new UsageError(error.message) : error;
  }
}

function checkFlags({ from, to }: { from: CopySide; to: CopySide }, { platform, referrers, layers }: CopyFlags): void {
  if (layers !== undefined && !isDockerSide(from)) {
    throw new UsageError(
      `--layers: expected a source that is a docker-archive or docker-daemon, found ${from.kind}, whose layers are copied as they are`,
    );
  }
  if (!isDockerSide(to)) return;
  if (platform.length > 1)
    throw new UsageError(`--platform is said ${platform.length} times, but a ${to.kind} takes one image`);
  if (referrers) throw new UsageError(`--referrers: a ${to.kind} holds no signatures or attestations`);
}

function toText({ step, digest, bytes, rewritten }: CopyResult): string {
  const became = rewritten === undefined ? "" : `, its index without what was left out is ${rewritten}`;
  return `${digest} ${step === "plan" ? "would be copied" : "copied"}, ${bytes} bytes${became}`;
}
