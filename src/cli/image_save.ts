import process from "node:process";
import { toArchiveFile } from "../../registry/mod.ts";
import { type SavedImage, saveBundle } from "../images/bundle/save_bundle.ts";
import { standardStream } from "../images/copy/side.ts";
import { toByteText } from "../notation/byte_text.ts";
import { ownPlatform } from "../runtime/own_platform.ts";
import type { CommandContext } from "./command_line.ts";
import { exitCodes } from "./exit_code.ts";
import type { SaveFlags } from "./image_bundle_flags.ts";
import { openInterruption } from "./interruption.ts";
import { lazyEngine } from "./lazy_engine.ts";
import { openPlaces } from "./open_places.ts";
import { writeArchive } from "./standard_output.ts";
import { openTransferDisplay } from "./transfer_display.ts";
import { UsageError } from "./usage_error.ts";

/** `mesos-docker image save IMAGE…`: a line for each, on stderr when stdout is the archive. */
export async function save(images: readonly string[], flags: SaveFlags, context: CommandContext): Promise<number> {
  const { output, format, from, platform, json } = flags;
  const isStream = output === standardStream;
  if (isStream && process.stdout.isTTY) {
    throw new UsageError("image save: an archive is nothing for a terminal, name a file with --output");
  }
  using interruption = openInterruption();
  using places = openPlaces(context);
  await using resources = new AsyncDisposableStack();
  const openDaemon = lazyEngine(context, resources);
  using display = await openTransferDisplay(json ? "none" : "progress");
  const consume = isStream ? writeArchive : toArchiveFile(output);
  const saved: SavedImage[] = [];
  await saveBundle(
    images,
    { place: isStream ? "standard output" : output, consume },
    {
      ...{ format, from, listener: display.listener, signal: interruption.signal },
      ...(platform ? { platform } : {}),
      onSaved: (one) => void saved.push(one),
    },
    { engine: openDaemon, places, log: context.log, host: ownPlatform() },
  );
  // Not before the archive is whole: whoever reads this may rely on it.
  const lines = saved.map((one) => `${json ? JSON.stringify(one) : toText(one)}\n`).join("");
  (isStream ? process.stderr : process.stdout).write(lines);
  return exitCodes.done;
}

function toText({ image, from, digest, bytes }: SavedImage): string {
  return `${image} saved from ${from === "daemon" ? "the daemon" : "its registry"}, ${toByteText(bytes)}: ${digest}`;
}
