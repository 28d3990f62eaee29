import { EngineError } from "../../docker/mod.ts";
import { sleep } from "../../runtime/clock.ts";
import { Alarm } from "./alarm.ts";
import { Retries } from "./retries.ts";
import type { WarmFile } from "./warm_file.ts";
import type { WarmSet } from "./warm_set.ts";
import { Warming, type WarmParts } from "./warming.ts";

/** What watching a set takes. */
export interface WatchSetParts extends WarmParts {
  /** The set, or the file that says it. */
  readonly wanted: WarmSet | WarmFile;
  /** Pause between two looks whether tags have moved. */
  readonly intervalMs: number;
}

/** Pause between two looks at the file. */
const lookMs = 1000;

/** Pause before the events of a daemon that went away are asked for again. */
const askAgainMs = 1000;

/**
 * Has the images of a set in the daemon until the signal: again when one was removed, its tag has moved, or the file has
 * changed, and what failed again after a while (images contract J 51, J 59).
 */
export async function watchSet(parts: WatchSetParts): Promise<void> {
  const { clock, log, intervalMs, signal, wanted } = parts;
  const current = () => ("set" in wanted ? wanted.set : wanted);
  const alarm = new Alarm(clock);
  using retries = new Retries({ clock, longestMs: intervalMs, ring: () => alarm.ring() });
  using warming = new Warming({ ...parts, onOutcome: (name, outcome) => retries.note(name, outcome) }, current().file);
  const following = [followRemovals(parts, warming, alarm), followFile(parts, alarm)];
  while (!signal.aborted) {
    try {
      const set = current();
      await warming.begin(set, await warming.plan(set));
      retries.note("", "done");
    } catch (error) {
      // A daemon that is away comes back; files that cannot be used are mended by somebody.
      if (!signal.aborted) log.error("the images cannot be looked at", { error: describe(error) });
      retries.note("", "failed");
    }
    await alarm.wait(intervalMs, signal);
  }
  await Promise.all([...following, warming.drain()]);
}

async function followFile({ wanted, clock, signal }: WatchSetParts, alarm: Alarm): Promise<void> {
  while ("look" in wanted && !signal.aborted) {
    await sleep(clock, lookMs, { signal }).catch(() => undefined);
    if (!signal.aborted && (await wanted.look())) alarm.ring();
  }
}

async function followRemovals(
  { engine, clock, log, signal }: WatchSetParts,
  warming: Warming,
  alarm: Alarm,
): Promise<void> {
  const filters = { type: ["image"], event: ["untag", "delete"] };
  let sinceMs = clock.now();
  while (!signal.aborted) {
    try {
      for await (const { id, timeMs } of engine.events({ filters, sinceMs, signal })) {
        sinceMs = timeMs;
        if (await warming.noteRemoved(id)) alarm.ring();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof EngineError)) throw error;
      log.warn("events are asked for again", { error: error.message });
    }
    await sleep(clock, askAgainMs, { signal }).catch(() => undefined);
    // More may have happened than the daemon remembers.
    alarm.ring();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
