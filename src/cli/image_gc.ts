import process from "node:process";
import { type EngineAddress, openEngine } from "../docker/mod.ts";
import {
  collectImages,
  type GcParts,
  type GcReport,
  type GcRules,
  type GcVerdict,
  previewCollection,
} from "../images/gc/collect.ts";
import type { ReadDisk } from "../images/gc/disk.ts";
import { findImageFolder, openDisk } from "../images/gc/image_disk.ts";
import { watchImages } from "../images/gc/watch.ts";
import { type InventoryKeeper, openInventory } from "../images/inventory/inventory_keeper.ts";
import { systemClock } from "../runtime/clock.ts";
import { toByteText } from "./byte_text.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import { GcNews } from "./gc_news.ts";
import type { GcFlags } from "./image_inventory.ts";
import { toImageTitle } from "./image_lines.ts";
import { readImageState } from "./image_state.ts";
import { openInterruption } from "./interruption.ts";
import { UsageError } from "./usage_error.ts";

/** `mesos-docker image gc`: a line for every image. Exit code 1 when the low mark is not reached, or one cannot be removed. */
export async function gc(flags: GcFlags, { variables, log }: CommandContext): Promise<number> {
  const rules = readRules(flags);
  const address = readDockerHost(variables);
  requireDisk(flags, address);
  const state = readImageState(variables);
  await using engine = openEngine(address, { log });
  using interruption = openInterruption();
  const { signal } = interruption;
  const inventory = await openInventory(engine, state, { log, signal });
  const readDisk = await chooseDisk(flags, address, inventory);
  const told = new Set<GcVerdict>();
  const onVerdict = (verdict: GcVerdict) => {
    told.add(verdict);
    printVerdict(verdict, flags);
  };
  const parts: GcParts = { engine, state, inventory, readDisk, rules, clock: systemClock, signal, onVerdict };
  if (flags.watch) {
    const news = new GcNews((verdict) => printVerdict(verdict, flags));
    await watchImages({
      ...parts,
      inventory,
      signal,
      log,
      // What stays is told of when it is news.
      onVerdict: (verdict) => {
        if (verdict.outcome === "removed") printVerdict(verdict, flags);
      },
      intervalMs: flags.interval,
      onReport: (report) => {
        if (news.tell(report)) printReport(report, flags);
      },
      onMissing: ({ reference, imageId }) =>
        print(
          flags,
          { missing: true, reference, imageId },
          `missing ${reference}: it was warmed, and has been removed`,
        ),
    });
    return exitCodes.done;
  }
  const report = flags.dryRun ? await previewCollection(parts) : await collectImages(parts);
  for (const verdict of report.verdicts.filter((one) => !told.has(one))) printVerdict(verdict, flags);
  printReport(report, flags);
  await inventory.save();
  return toExit(report);
}

function readRules({ high, low, maxSize, minAge, onlyCopies, maxImages, pause }: GcFlags): GcRules {
  if (low > high) throw new UsageError(`--low is ${low}, expected at most ${high}, which is --high`);
  if (high === 0) throw new UsageError("--high is 0, expected more: collecting would never end");
  return {
    marks: { highPercent: high, lowPercent: low, ...(maxSize === undefined ? {} : { maxImageBytes: maxSize }) },
    protection: { minAgeMs: minAge, onlyCopies: onlyCopies ? "removed" : "kept" },
    pauseMs: pause,
    ...(maxImages === undefined ? {} : { maxImages }),
  };
}

/** The disk of a daemon elsewhere cannot be looked at: only the size of its images can be held to. */
function requireDisk({ watch, dryRun, maxSize, dataRoot }: GcFlags, { kind }: EngineAddress): void {
  if (watch && dryRun) throw new UsageError("--watch and --dry-run exclude each other");
  if (kind === "unix" || maxSize !== undefined || dataRoot !== undefined) return;
  throw new UsageError("the daemon is on another host, whose disk cannot be looked at: give --max-size");
}

async function chooseDisk(
  { dataRoot }: GcFlags,
  { kind }: EngineAddress,
  inventory: InventoryKeeper,
): Promise<ReadDisk | undefined> {
  if (dataRoot !== undefined) return await openDisk(dataRoot);
  return kind === "unix" ? await openDisk(await findImageFolder(inventory.dataRoot, inventory.store)) : undefined;
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
  print(flags, { summary: { reached, need, left, removed, kept, freedBytes } }, text);
}

function describeNeed({ bytes, inodes }: GcReport["need"]): string {
  return [bytes > 0 ? toByteText(bytes) : "", inodes > 0 ? `${inodes} inodes` : ""].filter((one) => one).join(" and ");
}

function print({ json }: GcFlags, value: object, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
}
