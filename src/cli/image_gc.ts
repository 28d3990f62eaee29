import process from "node:process";
import { type EngineAddress, openEngine } from "../docker/mod.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import { collectImages, type GcParts, type GcReport, type GcVerdict, previewCollection } from "../images/gc/collect.ts";
import type { ReadDisk } from "../images/gc/disk.ts";
import { type GcSettings, toGcRules } from "../images/gc/gc_settings.ts";
import { findImageFolder, openDisk } from "../images/gc/image_disk.ts";
import { type WatchParts, watchImages } from "../images/gc/watch.ts";
import { type InventoryKeeper, openInventory } from "../images/inventory/inventory_keeper.ts";
import { toByteText } from "../notation/byte_text.ts";
import { systemClock } from "../runtime/clock.ts";
import type { Followed } from "../runtime/followed.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import { FollowedSettings } from "./followed_settings.ts";
import { GcNews } from "./gc_news.ts";
import { readGcSettings } from "./gc_settings.ts";
import type { GcFlags } from "./image_inventory.ts";
import { toImageTitle, toWarmedTitle } from "./image_lines.ts";
import { readImageState } from "./image_state.ts";
import { openInterruption } from "./interruption.ts";

/** `mesos-docker image gc`: a line for every image. Exit code 1 when the low mark is not reached, or one cannot be removed. */
export async function gc(flags: GcFlags, { variables, log }: CommandContext): Promise<number> {
  const address = readDockerHost(variables);
  const config = ConfigFile.open({ variables, log });
  const settings = new FollowedSettings(config, (said) => readGcSettings(flags, said, address), log);
  const state = readImageState(variables);
  await using engine = openEngine(address, { log });
  using interruption = openInterruption();
  const { signal } = interruption;
  const inventory = await openInventory(engine, state, { log, signal, stated: () => config.current.pinned });
  const readDisk = await openSettledDisk(settings, address, inventory);
  const parts = { engine, state, inventory, readDisk, clock: systemClock, signal };
  if (flags.watch) {
    await watch({ ...parts, settings, log }, flags);
    return exitCodes.done;
  }
  return await collectOnce({ ...parts, rules: toGcRules(settings.value) }, inventory, flags);
}

async function collectOnce(parts: GcParts, inventory: InventoryKeeper, flags: GcFlags): Promise<number> {
  const told = new Set<GcVerdict>();
  const onVerdict = (verdict: GcVerdict) => {
    told.add(verdict);
    printVerdict(verdict, flags);
  };
  const collect = flags.dryRun ? previewCollection : collectImages;
  const report = await collect({ ...parts, onVerdict });
  for (const verdict of report.verdicts.filter((one) => !told.has(one))) printVerdict(verdict, flags);
  printReport(report, flags);
  await inventory.save();
  return toExit(report);
}

async function watch(parts: Omit<WatchParts, "onVerdict" | "onReport" | "onMissing">, flags: GcFlags): Promise<void> {
  const news = new GcNews((verdict) => printVerdict(verdict, flags));
  await watchImages({
    ...parts,
    // What stays is told of when it is news.
    onVerdict: (verdict) => {
      if (verdict.outcome === "removed") printVerdict(verdict, flags);
    },
    onReport: (report) => {
      if (news.tell(report)) printReport(report, flags);
    },
    onMissing: (image) => {
      const { reference, imageId, sets } = image;
      const text = `missing ${toWarmedTitle(image)}: it was warmed, and has been removed`;
      print(flags, { missing: true, reference, imageId, sets }, text);
    },
  });
}

/** The disk of the folder that the settings name; looked at once, so that one that cannot be is told of at once. */
async function openSettledDisk(
  settings: Followed<GcSettings>,
  { kind }: EngineAddress,
  { dataRoot: root, store }: InventoryKeeper,
): Promise<NonNullable<GcParts["readDisk"]>> {
  let opened: { dataRoot: string | undefined; read: ReadDisk | undefined } | undefined;
  const read = async () => {
    const { dataRoot } = settings.value;
    if (opened === undefined || opened.dataRoot !== dataRoot) {
      const folder = dataRoot ?? (kind === "unix" ? await findImageFolder(root, store) : undefined);
      opened = { dataRoot, read: folder === undefined ? undefined : await openDisk(folder) };
    }
    return await opened.read?.();
  };
  await read();
  return read;
}

function toExit({ left, verdicts }: GcReport): number {
  const isShort = left.bytes > 0 || left.inodes > 0;
  return isShort || verdicts.some(({ outcome }) => outcome === "failed") ? exitCodes.failed : exitCodes.done;
}

function printVerdict(verdict: GcVerdict, flags: GcFlags): void {
  const { image, detail } = verdict;
  const { id, names, digests } = image;
  const title = toImageTitle(image);
  const about = { id, names, digests, detail };
  switch (verdict.outcome) {
    case "removed": {
      const word = flags.dryRun ? "would remove" : "removed";
      const outcome = flags.dryRun ? "would be removed" : "removed";
      print(
        flags,
        { outcome, bytes: verdict.bytes, ...about },
        `${word} ${title} (${toByteText(verdict.bytes)}): ${detail}`,
      );
      return;
    }
    case "kept": {
      const { reason } = verdict;
      print(flags, { outcome: "kept", reason, ...about }, `kept ${title}: ${reason}, ${detail}`);
      return;
    }
    case "failed":
      print(flags, { outcome: "failed", ...about }, `failed ${title}: ${detail}`);
  }
}

function printReport({ reached, need, left, verdicts, freedBytes }: GcReport, flags: GcFlags): void {
  const removed = verdicts.filter(({ outcome }) => outcome === "removed").length;
  const kept = verdicts.length - removed;
  const short = left.bytes > 0 || left.inodes > 0 ? `, still short of ${describeNeed(left)}` : "";
  const text =
    reached.length === 0
      ? `no mark is reached, ${kept} images kept`
      : `${removed} images ${flags.dryRun ? "would go" : "removed"}, ${toByteText(freedBytes)} of layers, ${kept} kept${short}`;
  print(
    flags,
    { summary: { ...(flags.dryRun && { dryRun: true }), reached, need, left, removed, kept, freedBytes } },
    text,
  );
}

function describeNeed({ bytes, inodes }: GcReport["need"]): string {
  return [bytes > 0 ? toByteText(bytes) : "", inodes > 0 ? `${inodes} inodes` : ""].filter((one) => one).join(" and ");
}

function print({ json }: GcFlags, value: object, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
}
