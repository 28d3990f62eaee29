import { AwayWarning, EngineError } from "../../docker/mod.ts";
import { messageOf } from "../../notation/thrown.ts";
import { sleep } from "../../runtime/clock.ts";
import { type Followed, followMs } from "../../runtime/followed.ts";
import { Alarm } from "./alarm.ts";
import { Retries } from "./retries.ts";
import type { WarmSetSource } from "./warm_set.ts";
import type { WarmLimits } from "./warm_sources.ts";
import { Warming, type WarmPace, type WarmParts } from "./warming.ts";

/** What watching a set takes. */
export interface WatchSetParts extends Omit<WarmParts, keyof WarmPace> {
  readonly wanted: WarmSetSource;
  /** `intervalMs` is the pause between two looks whether tags have moved. */
  readonly settings: Followed<WarmPace & { readonly intervalMs: number; readonly limits: WarmLimits }>;
}

/** Pause before the events of a daemon that went away are asked for again. */
const askAgainMs = 1000;

/**
 * Has the images of a set in the daemon until the signal: again when one was removed, its tag has moved, or another set
 * is wanted, and what failed again after a while (images contract J 51, J 59).
 */
export async function watchSet(parts: WatchSetParts): Promise<void> {
  const { clock, log, settings, signal, wanted } = parts;
  const alarm = new Alarm(clock);
  using retries = new Retries({ clock, longestMs: () => settings.value.intervalMs, ring: () => alarm.ring() });
  const onOutcome: WarmParts["onOutcome"] = (name, outcome) => retries.note(name, outcome);
  using warming = new Warming({ ...parts, ...settings.value, onOutcome });
  const following = [followRemovals(parts, warming, alarm), followChanges(parts, warming, alarm)];
  while (!signal.aborted) {
    try {
      const { set } = wanted;
      await warming.begin(set, await warming.plan(set));
      retries.note("", "done");
    } catch (error) {
      // A daemon that is away comes back; files that cannot be used are mended by somebody.
      if (!signal.aborted) log.error("the images cannot be looked at", { error: messageOf(error) });
      retries.note("", "failed");
    }
    await alarm.wait(settings.value.intervalMs, signal);
  }
  await Promise.all([...following, warming.drain()]);
}

async function followChanges(
  { wanted, settings, sources, clock, signal }: WatchSetParts,
  warming: Warming,
  alarm: Alarm,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(clock, followMs, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const isOther = settings.look();
    if (isOther) {
      warming.adapt(settings.value);
      sources.adapt(settings.value.limits);
    }
    if ((await wanted.look()) || isOther) alarm.ring();
  }
}

async function followRemovals(
  { engine, clock, log, signal }: WatchSetParts,
  warming: Warming,
  alarm: Alarm,
): Promise<void> {
  const filters = { type: ["image"], event: ["untag", "delete"] };
  const warning = new AwayWarning(log, "events are asked for again");
  let sinceMs = clock.now();
  while (!signal.aborted) {
    const beganMs = clock.now();
    try {
      for await (const { id, timeMs } of engine.events({ filters, sinceMs, signal })) {
        warning.clear();
        sinceMs = timeMs;
        if (await warming.noteRemoved(id)) alarm.ring();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof EngineError)) throw error;
      // A daemon at which nothing happens says nothing, and is there.
      if (clock.now() - beganMs > askAgainMs) warning.clear();
      warning.tell(error);
    }
    await sleep(clock, askAgainMs, { signal }).catch(() => undefined);
    // More may have happened than the daemon remembers.
    alarm.ring();
  }
}
