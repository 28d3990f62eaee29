import type { Clock } from "../client/clock.ts";
import { isAbsent, RegistryError } from "../registry_error.ts";
import { inOrder, isFinal, type Source, type SourceFailure, toOneError } from "./source.ts";

/** What asking takes. */
export interface AskOptions<T> {
  readonly clock: Clock;
  /** What is asked for, in errors. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** A source that has not answered by then is joined by the next. */
  readonly hedgeMs: number;
  /** Who is asked first: as they are configured unless given, or the registry itself, which is their last. */
  readonly first?: "mirrors" | "registry";
  /** Those that have not answered by then have failed; without, each as long as its client takes. */
  readonly longestWaitMs?: number | undefined;
  /**
   * From when that time counts: from the question, or from the last bytes that one of those who are asked has sent of anything. Who waits
   * for its turn behind large blobs is not silent.
   */
  readonly countsFrom?: "question" | "last bytes";
  /** Puts an answer away that came after another. */
  readonly discard?: (late: T) => void;
}

/** An answer and who gave it. */
export interface Answered<T> {
  readonly value: T;
  readonly source: Source;
}

/**
 * Asks one source after the other, and the next one as well when one takes its time; the first answer counts, and the other
 * calls are aborted. Throws one RegistryError for all failures.
 */
export async function askSources<T>(
  sources: readonly Source[],
  ask: (source: Source, signal: AbortSignal) => Promise<T>,
  options: AskOptions<T>,
): Promise<Answered<T>> {
  const waiting = inOrder(options.first === "registry" ? [...sources.slice(-1), ...sources.slice(0, -1)] : sources);
  const failures: SourceFailure[] = [];
  /** Calls that have not come to an end, since when they run, and what aborts them. */
  const running = new Map<Promise<Outcome<T>>, { source: Source; sinceMs: number; ending: AbortController }>();
  const start = (source: Source) => {
    const ending = new AbortController();
    const signal = AbortSignal.any([options.signal, ending.signal]);
    const outcome: Promise<Outcome<T>> = ask(source, signal).then(
      (value): Outcome<T> => ({ kind: "answered", value, source, self: outcome }),
      (error: unknown): Outcome<T> => ({ kind: "failed", error, source, self: outcome }),
    );
    running.set(outcome, { source, sinceMs: options.clock.now(), ending });
  };
  const over = new AbortController();
  let limit = waitUntilOver(options.clock, options.longestWaitMs, over.signal);
  try {
    for (;;) {
      const next = running.size === 0 ? waiting.shift() : undefined;
      if (next) start(next);
      if (running.size === 0) throw toOneError(options.what, sources, failures);
      const outcome = await race([...running.keys(), ...limit], waiting.length > 0 ? options : undefined);
      if (outcome === "over") {
        const asked = [...running.values()].map(({ source }) => source);
        const restMs = patienceLeft(asked, options);
        if (restMs <= 0) throw giveUp(asked, sources, failures, options);
        limit = waitUntilOver(options.clock, restMs, over.signal);
        continue;
      }
      if (outcome === "late") {
        const joining = waiting.shift();
        if (joining) start(joining);
        continue;
      }
      running.delete(outcome.self);
      options.signal.throwIfAborted();
      if (outcome.kind === "answered") {
        outcome.source.succeeded();
        for (const { source, sinceMs } of running.values()) {
          if (options.clock.now() - sinceMs >= options.hedgeMs)
            source.failed(noAnswer(options, `in ${options.hedgeMs} ms, and another one had it`));
        }
        return outcome;
      }
      if (isFinal(outcome.error)) throw outcome.error;
      if (!isAbsent(outcome.error)) outcome.source.failed(outcome.error);
      failures.push(outcome);
    }
  } finally {
    over.abort(new Error("asking has come to an end"));
    for (const [outcome, { ending }] of running) {
      ending.abort(new Error("asking has come to an end"));
      void outcome.then((late) => late.kind === "answered" && options.discard?.(late.value));
    }
  }
}

/** How much longer is waited for those whose time is over. */
function patienceLeft(
  asked: readonly Source[],
  { clock, longestWaitMs = 0, countsFrom }: Pick<AskOptions<never>, "clock" | "longestWaitMs" | "countsFrom">,
): number {
  if (countsFrom !== "last bytes") return 0;
  return Math.max(...asked.map(({ heardMs }) => heardMs)) + longestWaitMs - clock.now();
}

/** Fails those that have not answered, and gives the error of them all; it says when the first of them is asked first again. */
function giveUp(
  asked: readonly Source[],
  sources: readonly Source[],
  failures: readonly SourceFailure[],
  options: Pick<AskOptions<never>, "what" | "clock" | "longestWaitMs">,
): RegistryError {
  // An error of several names them all by itself.
  const from = sources.length === 1 ? ` from "${sources[0]?.upstream.name}"` : "";
  const failed = asked.map((source) => {
    const error = noAnswer({ what: `${options.what}${from}` }, `in ${options.longestWaitMs} ms`);
    source.failed(error);
    return { source, error };
  });
  const error = toOneError(options.what, sources, [...failures, ...failed]);
  if (error.code !== "UNAVAILABLE" || error.retryAfterMs !== undefined) return error;
  const retryAfterMs = Math.min(...sources.map(({ restsUntil }) => restsUntil)) - options.clock.now();
  return new RegistryError(error.code, error.message, { cause: error, retryAfterMs: Math.max(1000, retryAfterMs) });
}

/** A source that hangs is left alone for a while like one that fails: the next call need not wait for it again. */
function noAnswer({ what }: { what: string }, found: string): RegistryError {
  return new RegistryError("UNAVAILABLE", `Cannot get ${what}: found no answer ${found}`);
}

/** The end of all asking, if it has one. */
function waitUntilOver(clock: Clock, longestWaitMs: number | undefined, signal: AbortSignal): Promise<"over">[] {
  if (longestWaitMs === undefined) return [];
  const over = () => "over" as const;
  return [clock.sleep(longestWaitMs, { signal }).then(over, over)];
}

type Outcome<T> = { source: Source; self: Promise<Outcome<T>> } & (
  | { kind: "answered"; value: T }
  | { kind: "failed"; error: unknown }
);

/** The first that comes to an end, or that none did in time. */
async function race<T>(
  running: readonly Promise<Outcome<T> | "over">[],
  hedge: { clock: Clock; hedgeMs: number } | undefined,
): Promise<Outcome<T> | "late" | "over"> {
  if (!hedge) return await Promise.race(running);
  const settled = new AbortController();
  const late = hedge.clock.sleep(hedge.hedgeMs, { signal: settled.signal }).then(
    () => "late" as const,
    () => "late" as const,
  );
  try {
    return await Promise.race([...running, late]);
  } finally {
    settled.abort(new Error("a source has answered"));
  }
}
