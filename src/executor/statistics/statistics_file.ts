import { constants } from "node:fs";
import { lstat, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { ResourceStatistics } from "./resource_statistics.ts";

/** Its name in the sandbox. */
export const statisticsFileName = "statistics.json";

/** Tasks that have ended and whose last figures stay in the file. */
const keptEnded = 100;

/** What keeping the file takes. */
export interface StatisticsFileOptions {
  /** The sandbox as this process sees it. */
  sandbox: string;
  intervalMs: number;
  /** What each task uses that runs. */
  measure: () => ReadonlyMap<string, ResourceStatistics>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/**
 * Writes `statistics.json` again and again until the signal: `{"tasks": {"<task id>": ResourceStatistics}}`, those of ended tasks
 * as they were seen last. Readers never see half of it. A file that cannot be written is no reason to end anything.
 */
export async function keepStatisticsFile(options: StatisticsFileOptions): Promise<void> {
  const { sandbox, intervalMs, measure, clock, log, signal } = options;
  const latest = new Map<string, ResourceStatistics>();
  let trouble: string | undefined;
  for (;;) {
    try {
      await sleep(clock, intervalMs, { signal });
    } catch {
      // Aborted: the executor ends.
      return;
    }
    try {
      remember(latest, measure());
      await replaceFile(sandbox, `${JSON.stringify({ tasks: Object.fromEntries(latest) })}\n`);
      trouble = undefined;
    } catch (error) {
      const found = String(error);
      if (found !== trouble) log.warn("cannot write the statistics of the tasks", { error: found });
      trouble = found;
    }
  }
}

/** Tasks that run come last, so that those ended longest ago are forgotten first. */
function remember(latest: Map<string, ResourceStatistics>, now: ReadonlyMap<string, ResourceStatistics>): void {
  for (const [taskId, statistics] of now) {
    latest.delete(taskId);
    latest.set(taskId, statistics);
  }
  const surplus = latest.size - now.size - keptEnded;
  for (const taskId of [...latest.keys()].slice(0, Math.max(0, surplus))) latest.delete(taskId);
}

/** Containers write into the sandbox: what they have put in the way is replaced, and never followed. */
async function replaceFile(sandbox: string, text: string): Promise<void> {
  const draft = join(sandbox, `.${statisticsFileName}`);
  const { uid, gid } = await lstat(sandbox);
  await rm(draft, { force: true, recursive: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    await file.writeFile(text);
    await file.chown(uid, gid);
  } finally {
    await file.close();
  }
  await rename(draft, join(sandbox, statisticsFileName));
}
