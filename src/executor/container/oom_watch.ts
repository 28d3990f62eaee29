import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { findCgroupFolders, type KernelView, readCgroupPaths, readIfThere } from "../../runtime/cgroup_place.ts";
import type { Log } from "../../runtime/log.ts";

/** What is seen of a container's memory. */
export interface MemoryWatch extends Disposable {
  /** Processes that the kernel killed for want of memory. */
  readonly kills: number;
}

/**
 * Counts the processes of a container that the kernel killed for want of memory, while the container is there: with control
 * groups of version 2 the daemon may say OOMKilled=false of such an end (contract, case 51), and by then the group with its
 * memory.events is gone. The kernel tells of each change; nothing is polled.
 */
export class OomWatch implements MemoryWatch {
  readonly #path: string;
  readonly #watcher: FSWatcher;
  #kills = 0;

  constructor(folder: string, log: Log) {
    this.#path = join(folder, "memory.events");
    this.#watcher = watch(this.#path, { persistent: false }, () => this.#look());
    this.#watcher.on("error", (error) => {
      log.warn("cannot tell any more whether the container is out of memory", { error: String(error) });
    });
    // What was before the watch.
    this.#look();
  }

  /** So far; what was seen last when the group is gone. */
  get kills(): number {
    this.#look();
    return this.#kills;
  }

  #look(): void {
    const text = readIfThere(this.#path) ?? "";
    const [, kills] = /^oom_kill (\d+)$/m.exec(text) ?? [];
    this.#kills = Math.max(this.#kills, Number(kills ?? 0));
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}

/**
 * Watches the container of a first process; `undefined` where version 1 controls memory, whose daemons tell it themselves, when
 * the container has ended, and when its process is not known here.
 */
export function watchOom(first: { pid: number } | undefined, log: Log, view: KernelView = {}): MemoryWatch | undefined {
  const paths = first && readCgroupPaths(first.pid, view);
  if (!paths || paths.v1.has("memory")) return undefined;
  const { v2 } = findCgroupFolders(paths, view);
  if (v2 === undefined) return undefined;
  try {
    // Looked for first: a watch of what is not there fails now or later, as the runtime pleases.
    if (readIfThere(join(v2, "memory.events")) !== undefined) return new OomWatch(v2, log);
    log.info("it will not be seen whether the container is out of memory", { why: "memory is not controlled" });
  } catch (error) {
    // Ended meanwhile, or the system has no watch left.
    log.warn("it will not be seen whether the container is out of memory", { why: String(error) });
  }
  return undefined;
}
