import process from "node:process";
import { copyImage, isRegistryError, parsePlatform } from "../../registry/mod.ts";
import { Places } from "../images/mirror/places.ts";
import { onTermination } from "../runtime/termination.ts";
import type { CommandContext } from "./command_line.ts";
import { exitCodes } from "./exit_code.ts";

/** Flags of `registry copy`, as the parser gives them. */
export interface CopyFlags {
  platform: string[];
  referrers?: true;
  concurrency: number;
}

/** `mesos-docker registry copy SOURCE TARGET`: prints the digest of what was copied. */
export async function copy(source: string, target: string, flags: CopyFlags, context: CommandContext): Promise<number> {
  const ending = new AbortController();
  using _signals = onTermination((name) => ending.abort(new Error(`interrupted by ${name}`)));
  using places = new Places(context);
  const [from, to] = [places.open(source), places.open(target)];
  const isTag = !to.target.includes(":");
  const { digest, bytes } = await copyImage(from, to, from.target, {
    tags: isTag ? [to.target] : [],
    ...(flags.platform.length > 0 ? { platforms: flags.platform.map(parsePlatform) } : {}),
    referrers: flags.referrers ? "copied" : "left out",
    atOnce: flags.concurrency,
    signal: ending.signal,
  });
  process.stdout.write(`${digest} copied, ${bytes} bytes\n`);
  return exitCodes.done;
}

/** `mesos-docker registry ls REPOSITORY`: its tags, with --json and what they point at. */
export async function ls(text: string, flags: { json?: true }, context: CommandContext): Promise<number> {
  using places = new Places(context);
  const { registry, repository } = places.open(text);
  for await (const tag of registry.listTags(repository)) {
    if (!flags.json) process.stdout.write(`${tag}\n`);
    else process.stdout.write(`${JSON.stringify({ tag, ...(await registry.statManifest(repository, tag)) })}\n`);
  }
  return exitCodes.done;
}

/** `mesos-docker registry rm IMAGE…`: a tag, or by its digest a manifest with all its tags. */
export async function rm(texts: readonly string[], context: CommandContext): Promise<number> {
  using places = new Places(context);
  let missing = 0;
  for (const text of texts) {
    const { registry, repository, target } = places.open(text);
    try {
      if (target.includes(":")) await registry.deleteManifest(repository, target as `sha256:${string}`);
      else await registry.deleteTag(repository, target);
      process.stdout.write(`${text} removed\n`);
    } catch (error) {
      if (!isRegistryError(error, "MANIFEST_UNKNOWN", "NAME_UNKNOWN")) throw error;
      missing++;
      process.stderr.write(`mesos-docker: ${error.message}\n`);
    }
  }
  return missing === 0 ? exitCodes.done : exitCodes.failed;
}
