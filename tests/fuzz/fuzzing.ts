import type { FuzzTarget } from "./fuzz_target.ts";
import { mutate } from "./mutation.ts";

/** How long one text may take: far more than any needs. */
const patienceMs = 1000;

/** Texts that are kept to be changed further: those that a parser took. */
const mostKept = 500;

/** Longer ones take too long to be changed and read again. */
const longestKept = 20_000;

/** Memory that may be held beyond what was held before, once it was collected. */
const mostHeldBytes = 200 * 2 ** 20;

/** What came of fuzzing one target. */
export interface Fuzzed {
  texts: number;
  accepted: number;
  fault?: string;
}

/**
 * Feeds a target with changed texts until the time is over, or one is answered by anything but a result or its own errors. `collect` gives
 * back the memory that is not held.
 */
export async function fuzz(
  target: FuzzTarget,
  random: () => number,
  durationMs: number,
  collect: () => void = () => undefined,
): Promise<Fuzzed> {
  const { seeds } = target;
  const kept = [...seeds];
  const held = process.memoryUsage().rss;
  const end = performance.now() + durationMs;
  let [texts, accepted] = [0, 0];
  // The seeds come first as they are: one that is refused, or a machine too slow for more, is seen.
  for (; texts < seeds.length || performance.now() < end; texts++) {
    const text = seeds[texts] ?? mutate(kept[Math.floor(random() * kept.length)] ?? "", kept, random);
    const begun = performance.now();
    const outcome = await tryToParse(target, text);
    const tookMs = performance.now() - begun;
    const about = JSON.stringify(text.slice(0, 500));
    if (outcome !== "accepted" && outcome !== "refused") return { texts, accepted, fault: `${about}: ${outcome}` };
    if (tookMs > patienceMs) return { texts, accepted, fault: `${about}: took ${Math.round(tookMs)} ms` };
    if (outcome === "refused") continue;
    accepted++;
    if (text.length < longestKept) kept[kept.length < mostKept ? kept.length : Math.floor(random() * mostKept)] = text;
  }
  collect();
  const grown = process.memoryUsage().rss - held;
  return {
    texts,
    accepted,
    ...(grown > mostHeldBytes ? { fault: `${Math.round(grown / 2 ** 20)} MB more are held` } : {}),
  };
}

async function tryToParse({ parse, errors }: FuzzTarget, text: string): Promise<string> {
  try {
    await parse(text);
    return "accepted";
  } catch (error) {
    if (errors.some((kind) => error instanceof kind)) return "refused";
    return error instanceof Error ? (error.stack ?? String(error)) : String(error);
  }
}
