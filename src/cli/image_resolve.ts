import process from "node:process";
import { systemClock } from "../../registry/client/clock.ts";
import { findReferenceHint, formatPlatform, type Platform, parseImageName } from "../../registry/mod.ts";
import { openEngine } from "../docker/mod.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import { HostLimits } from "../images/config/host_limits.ts";
import { askPlatform } from "../images/daemon_platform.ts";
import { explainResolution } from "../images/resolve/explanation.ts";
import { toLines } from "../images/resolve/explanation_lines.ts";
import { resolveImage } from "../images/resolve/resolve_image.ts";
import { Sources } from "../images/resolve/sources.ts";
import { ownPlatform } from "../runtime/own_platform.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import type { ResolveFlags } from "./image_resolve_flags.ts";
import { openInterruption } from "./interruption.ts";
import { UsageError } from "./usage_error.ts";

/** `mesos-docker image resolve IMAGE`: its name with the digest; with --explain and --json how it was found. */
export async function resolve(text: string, flags: ResolveFlags, { variables, log }: CommandContext): Promise<number> {
  const name = parseImageName(text);
  if (name.kind === "image_id") {
    throw new UsageError(`Cannot resolve "${text}": it is the id of an image, which only the daemon knows`);
  }
  const hint = findReferenceHint(text);
  if (hint !== undefined && !flags.explain && !flags.json) log.warn(hint);
  using interruption = openInterruption();
  const { signal } = interruption;
  const config = ConfigFile.open({ variables, log });
  using sources = new Sources({ config, variables, log, limits: new HostLimits() });
  const { platform, why } = await choosePlatform(flags, { variables, log }, signal);
  const resolution = await resolveImage(name.reference, { sources, platform, clock: systemClock, signal });
  const explained = await explainResolution(resolution, {
    ...{ image: text, reference: name.reference, rules: sources.rulesOf(name.reference), variables },
    ...{ platform: formatPlatform(platform), platformBy: why, ...(hint === undefined ? {} : { hint }) },
  });
  if (flags.json) process.stdout.write(`${JSON.stringify(explained)}\n`);
  else if (flags.explain) process.stdout.write(toText(toLines(explained)));
  else if (explained.error !== undefined) process.stderr.write(`mesos-docker: ${explained.error}\n`);
  else process.stdout.write(toText([explained.pinned ?? ""]));
  return explained.error === undefined ? exitCodes.done : exitCodes.failed;
}

function toText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** The platform that is wanted; without a daemon, this program's own. */
async function choosePlatform(
  { platform }: ResolveFlags,
  { variables, log }: CommandContext,
  signal: AbortSignal,
): Promise<{ platform: Platform; why: string }> {
  if (platform) return { platform, why: "--platform" };
  await using engine = openEngine(readDockerHost(variables), { log });
  try {
    return { platform: await askPlatform(engine, { signal }), why: "the daemon's" };
  } catch (error) {
    signal.throwIfAborted();
    log.debug("cannot ask the daemon for its platform", { error: String(error) });
    return { platform: ownPlatform(), why: "this program's, as the daemon does not answer" };
  }
}
