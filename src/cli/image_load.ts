import process from "node:process";
import { addAbortSignal } from "node:stream";
import { openArchive } from "../../registry/mod.ts";
import { openEngine } from "../docker/mod.ts";
import { readBundle } from "../images/bundle/bundle.ts";
import { type LoadedImage, loadImages } from "../images/bundle/load_bundle.ts";
import { standardStream } from "../images/copy/side.ts";
import { openTemporarySpool } from "../images/copy/temporary_spool.ts";
import { askPlatform } from "../images/daemon_platform.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import type { LoadFlags } from "./image_bundle_flags.ts";
import { openInterruption } from "./interruption.ts";
import { openTransferDisplay } from "./transfer_display.ts";
import { UsageError } from "./usage_error.ts";

/** `mesos-docker image load`: a line on stdout for each image. Exit code 3 when the archive is not what its digests promise. */
export async function load({ input, platform, json }: LoadFlags, { variables, log }: CommandContext): Promise<number> {
  const isStream = input === standardStream;
  if (isStream && process.stdin.isTTY) {
    throw new UsageError("image load: a terminal is no archive, name a file with --input");
  }
  using interruption = openInterruption();
  const { signal } = interruption;
  await using engine = openEngine(readDockerHost(variables), { log });
  await using spool = await openTemporarySpool(log, { signal });
  const place = isStream ? "standard input" : input;
  const members = await openArchive(isStream ? addAbortSignal(signal, process.stdin) : input, { place, spool, signal });
  const images = await readBundle(members, { spool });
  if (images.length === 0) throw new Error(`Cannot load "${place}": it holds no image`);
  const parts = { engine, spool, platform: platform ?? (await askPlatform(engine, { signal })) };
  using display = await openTransferDisplay(json ? "none" : "progress");
  const wanted = images.map((image) => ({ image, names: image.names }));
  const loaded = await loadImages(wanted, parts, { signal, listener: display.listener });
  for (const one of loaded) display.print(json ? JSON.stringify(one) : toText(one));
  return exitCodes.done;
}

const outcomes = { loaded: "loaded", named: "was here, and has got its name", present: "is here" } as const;

function toText({ names, id, outcome, moved }: LoadedImage): string {
  const before = moved.map(({ name, from }) => `; ${name} was ${from} before`).join("");
  return `${names.join(", ") || "an image without a name"} ${outcomes[outcome]}: ${id}${before}`;
}
