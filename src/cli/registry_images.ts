import process from "node:process";
import { isDigest } from "../../registry/mod.ts";
import { explainPlaces, findMistake } from "../images/mirror/mistaken_place.ts";
import type { OpenPlace, Places } from "../images/mirror/places.ts";
import type { CommandContext } from "./command_line.ts";
import { exitCodes, toExitCode } from "./exit_code.ts";
import { endByLine, toFailure } from "./failure.ts";
import { openPlaces } from "./open_places.ts";
import { UsageError } from "./usage_error.ts";

/** `mesos-docker registry ls REPOSITORY`: its tags, with --json and what they point at. */
export async function ls(text: string, flags: { json?: true }, context: CommandContext): Promise<number> {
  using places = openPlaces(context);
  try {
    const { registry, repository } = await openRepository(places, text);
    for await (const tag of registry.listTags(repository)) {
      if (!flags.json) process.stdout.write(`${tag}\n`);
      else process.stdout.write(`${JSON.stringify({ tag, ...(await registry.statManifest(repository, tag)) })}\n`);
    }
    return exitCodes.done;
  } catch (caught) {
    const error = await explainPlaces(caught, [text], "repositories");
    const { line, exitCode } = endByLine(error, { repository: text, step: "list" }, flags);
    process.stdout.write(`${line}\n`);
    return exitCode;
  }
}

/** `mesos-docker registry rm IMAGE…`: a tag, or by its digest a manifest with all its tags. One that fails keeps none of the others. */
export async function rm(texts: readonly string[], flags: { json?: true }, context: CommandContext): Promise<number> {
  using places = openPlaces(context);
  // All are looked at before the first goes.
  const images = await openAll(places, [...new Set(texts)]);
  let exitCode: number = exitCodes.done;
  for (const { text, registry, repository, target } of images) {
    try {
      if (isDigest(target)) await registry.deleteManifest(repository, target);
      else await registry.deleteTag(repository, target);
      process.stdout.write(flags.json ? `${JSON.stringify({ image: text, step: "remove" })}\n` : `${text} removed\n`);
    } catch (caught) {
      const error = await explainPlaces(caught, [text], "repositories");
      exitCode = Math.max(exitCode, toExitCode(error));
      const failure = toFailure(error);
      if (!flags.json) process.stderr.write(`mesos-docker: ${text}: ${failure.error}\n`);
      else process.stdout.write(`${JSON.stringify({ image: text, step: "remove", ...failure })}\n`);
    }
  }
  return exitCode;
}

async function openAll(places: Places, texts: readonly string[]): Promise<(OpenPlace & { text: string })[]> {
  try {
    return texts.map((text) => ({ text, ...openNamed(places, text) }));
  } catch (error) {
    throw await explainPlaces(error, texts, "repositories");
  }
}

/** Who names one tag of a repository would take those that are listed for it alone. */
async function openRepository(places: Places, text: string): Promise<OpenPlace> {
  const place = places.open(text);
  const { tag, digest } = place.reference;
  if (tag === undefined && digest === undefined) return place;
  const found = `found ${tag === undefined ? "a digest" : "a tag"}, expected a repository, all of whose tags are listed`;
  const remark = await findMistake(text, "repositories");
  throw new UsageError(`Cannot list "${text}": ${[found, ...(remark === undefined ? [] : [remark])].join("; ")}`);
}

/**
 * What is removed is named: `latest` is what a name means that is read, not one that is lost for good. A name with tag and digest means
 * either, and more is lost by the digest than a tag.
 */
function openNamed(places: Places, text: string): OpenPlace {
  const place = places.open(text);
  const { tag, digest } = place.reference;
  if (tag !== undefined && digest !== undefined) {
    const [tagged = text] = text.split("@");
    const whole = `${tagged.slice(0, -tag.length - 1)}@${digest}`;
    const expected = `either "${tagged}", which removes the tag, or "${whole}", which removes the manifest with all its tags`;
    throw new UsageError(`Cannot remove "${text}": found a tag and a digest, expected ${expected}`);
  }
  if (tag !== undefined || digest !== undefined) return place;
  throw new UsageError(
    `Cannot remove "${text}": found neither a tag nor a digest, expected "${text}:<tag>" or "${text}@sha256:…"`,
  );
}
