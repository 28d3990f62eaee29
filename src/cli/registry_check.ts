import process from "node:process";
import type { SingleBar } from "cli-progress";
import { checkStore, type StoreCheck, type StoreCheckOptions } from "../../registry/layout/check/check_store.ts";
import { type ContentRemoval, removeContent } from "../../registry/layout/check/remove_content.ts";
import type { FaultUse, StoreFault } from "../../registry/layout/check/store_fault.ts";
import { toByteText } from "../notation/byte_text.ts";
import { assertStore } from "./assert_store.ts";
import { readCaches } from "./cache_names.ts";
import { exitCodes } from "./exit_code.ts";
import { openInterruption } from "./interruption.ts";
import { openBars } from "./progress_bars.ts";
import { toThrottle } from "./throttle.ts";

/** Flags of `registry check`, as the parser gives them. */
export interface CheckFlags {
  store: string;
  remove?: true;
  /** Bytes a second. */
  bandwidth?: number;
  json?: true;
}

/** `mesos-docker registry check`: a line for each fault, and one for all. Exit code 1 when there is one, also when it is removed. */
export async function check(flags: CheckFlags): Promise<number> {
  const { store, remove, json } = flags;
  await assertStore(store, "check");
  const { faults, ...counts } = await runCheck(flags);
  const removal = remove && faults.length > 0 ? await removeContent(store, faults) : undefined;
  const print = (value: object, text: string) => process.stdout.write(`${json ? JSON.stringify(value) : text}\n`);
  for (const fault of faults) {
    const { kind, digest, found, uses } = fault;
    const mend = toMend(fault, removal);
    const about = { ...(digest && { digest }), kind, error: found, repositories: uses, mend };
    print({ step: "check", ...about }, `${digest ?? kind}: ${[found, ...uses.map(toUseText), mend].join("; ")}`);
  }
  print({ step: "total", ...counts, faults: faults.length }, toTotalText(counts, faults.length));
  return faults.length === 0 ? exitCodes.done : exitCodes.failed;
}

async function runCheck({ store, bandwidth, json }: CheckFlags): Promise<StoreCheck> {
  using interruption = openInterruption();
  const { signal } = interruption;
  using progress = await openProgress(json ? "none" : "bar");
  const isCache = await readCaches(store);
  return await checkStore(store, { ...progress, ...{ isCache, signal }, ...toThrottle(bandwidth, signal) });
}

function toTotalText(counts: Omit<StoreCheck, "faults">, faults: number): string {
  const { blobs, bytes, manifests, repositories } = counts;
  const read = `${blobs} files of ${toByteText(bytes)}, ${manifests} manifests in ${repositories} repositories`;
  return `checked ${read}: ${faults === 0 ? "nothing is wrong" : `${faults} ${faults === 1 ? "fault" : "faults"}`}`;
}

function toUseText({ repository, tags }: FaultUse): string {
  return `in ${repository}${tags.length === 0 ? "" : ` (${tags.join(", ")})`}`;
}

/** What is to be done. */
function toMend({ kind, uses }: StoreFault, removal: ContentRemoval | undefined): string {
  if (kind === "index") return "bring the file back, or remove its folder and push the repository again";
  if (kind === "manifest") return "push it with what is right";
  if (removal === undefined) {
    if (kind === "content") return "registry check --remove removes it, so that it comes again";
    return "push it again, or mirror it again after registry check --remove";
  }
  const isAwaited = (comes: FaultUse["comes"]) => uses.some((use) => use.comes === comes);
  return [
    ...(kind === "content" ? ["it is removed"] : []),
    ...(isAwaited("from upstream") ? ["it comes from upstream when it is asked for"] : []),
    ...(isAwaited("by a push") ? [toPushText(removal)] : []),
  ].join("; ");
}

function toPushText({ tags }: ContentRemoval): string {
  if (tags === "removed") return "its tags are removed: mirror or push it again";
  return "its tags stay while the store is served: push it again, or remove them by registry rm and mirror it again";
}

/** A bar of what has been read, on a terminal; disposing takes it away. */
async function openProgress(kind: "bar" | "none"): Promise<Pick<StoreCheckOptions, "onBegun" | "onRead"> & Disposable> {
  if (kind === "none" || !process.stderr.isTTY) return { [Symbol.dispose]: () => undefined };
  const bars = await openBars();
  let bar: SingleBar | undefined;
  return {
    onBegun: (bytes) => {
      bar = bars.create(bytes, 0, { name: "checked", size: toByteText(bytes) });
    },
    onRead: (bytes) => bar?.increment(bytes),
    [Symbol.dispose]: () => bars.stop(),
  };
}
