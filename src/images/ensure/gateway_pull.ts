import { type Digest, isDiskFull, isRegistryError, RegistryError } from "../../../registry/mod.ts";
import type { Engine } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { Gateway } from "./gateway.ts";
import { ImageError, toImageError } from "./image_error.ts";
import type { PullBook } from "./pull_book.ts";

/** How patient a pull is. */
export interface PullPatience {
  /** How long nothing may move while the daemon waits for bytes. What it does with them is no standstill. */
  readonly standstillMs: number;
  /** How long the daemon may be silent altogether: it extracts large layers without a word. */
  readonly silenceMs: number;
  /** How often in a row it may fail without a byte of progress. */
  readonly failures: number;
}

export const usualPullPatience: PullPatience = { standstillMs: 120_000, silenceMs: 3_600_000, failures: 3 };

/** What a pull from a gateway takes. */
export interface GatewayPullOptions {
  readonly image: string;
  readonly engine: Pick<Engine, "pullImage">;
  readonly digest: Digest;
  readonly platform?: string;
  readonly book: PullBook;
  readonly sources: number;
  readonly patience: PullPatience;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The daemon has not found its way to a gateway. */
export class UnreachableGateway extends Error {
  override readonly name = "UnreachableGateway";
}

/** What could not be given to the daemon, and what that means for the pull. */
export class GatewayFailures {
  readonly #counts = new Map<Digest, { at: number; count: number }>();
  readonly #options: { progress: () => number; most: number };
  #last: unknown;
  /** Called when the daemon need not go on: what failed will not pass, or the daemon has the beginning of something corrupt. */
  listener: (error: unknown, outlook: "over" | "again") => void = () => undefined;

  /** `progress` counts what comes; `most` failures in a row of one blob are borne without any. */
  constructor(options: { progress: () => number; most: number }) {
    this.#options = options;
  }

  /** What failed last, once. */
  take(): unknown {
    const last = this.#last;
    this.#last = undefined;
    return last;
  }

  note(digest: Digest, error: unknown): void {
    this.#last = error;
    const before = this.#counts.get(digest);
    const at = this.#options.progress();
    const count = before?.at === at ? before.count + 1 : 1;
    this.#counts.set(digest, { at, count });
    if (isRegistryError(error, "CORRUPT")) return this.listener(error, "again");
    // The daemon asks again by itself for what may pass, and keeps what it has extracted meanwhile.
    if (!mayPass(error) || count >= this.#options.most) this.listener(error, "over");
  }
}

/** Has a daemon pull from a gateway, again while what fails may pass. Throws {@link ImageError}, {@link UnreachableGateway}. */
export async function pullFromGateway(
  gateway: Gateway,
  failures: GatewayFailures,
  options: GatewayPullOptions,
): Promise<void> {
  const { image, book, patience, clock, log, signal, sources } = options;
  const counts = { idle: 0, corrupt: 0, daemon: 0 };
  for (;;) {
    const before = book.fetchedBytes;
    try {
      return await attempt(gateway, failures, options);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ImageError) throw error;
      if (gateway.requests === 0) throw new UnreachableGateway("the daemon has not asked", { cause: error });
      const found = failures.take();
      const failure = found ?? error;
      // Of a layer that it fetches for another pull as well, it may have asked somebody who is gone: once is no sign.
      if (found === undefined) counts.daemon++;
      if (isRegistryError(found, "CORRUPT")) counts.corrupt++;
      counts.idle = book.fetchedBytes > before ? 1 : counts.idle + 1;
      const isOver = counts.idle >= patience.failures || counts.corrupt >= sources || counts.daemon > 1;
      if (isOver || (found !== undefined && !mayPass(found))) throw toImageError(image, failure);
      log.warn("the image is pulled again", { image, error: String(failure) });
      await sleep(clock, delayAfter(counts.idle, failure), { signal });
    }
  }
}

async function attempt(
  gateway: Gateway,
  failures: GatewayFailures,
  { image, engine, digest, platform, book, patience, clock, signal }: GatewayPullOptions,
): Promise<void> {
  const ending = new AbortController();
  failures.listener = (error, outlook) => ending.abort(outlook === "over" ? toImageError(image, error) : error);
  using _watch = watchStandstill(gateway, book, { patience, clock }, () => {
    const found = `no source has sent anything for ${patience.standstillMs / 1000} s`;
    ending.abort(new ImageError("unavailable", image, found));
  });
  try {
    await engine.pullImage(gateway.nameOf(digest), {
      auth: gateway.auth,
      ...(platform === undefined ? {} : { platform }),
      signal: AbortSignal.any([signal, ending.signal]),
      deadlineMs: patience.silenceMs,
      onProgress: (progress) => book.heard(progress),
    });
  } catch (error) {
    throw ending.signal.aborted && !signal.aborted ? ending.signal.reason : error;
  }
}

/** Looks now and then whether anything moves while the daemon waits for bytes. */
function watchStandstill(
  gateway: Gateway,
  book: PullBook,
  { patience, clock }: { patience: PullPatience; clock: Clock },
  found: () => void,
): Disposable {
  const pauseMs = Math.min(1000, patience.standstillMs);
  let since = clock.now();
  const look = () => {
    timer = clock.schedule(pauseMs, look);
    if (gateway.underWay === 0) since = clock.now();
    if (clock.now() - Math.max(since, book.movedAt) >= patience.standstillMs) found();
  };
  let timer = clock.schedule(pauseMs, look);
  return { [Symbol.dispose]: () => timer.cancel() };
}

const firstDelayMs = 1000;
const longestDelayMs = 60_000;

function mayPass(error: unknown): boolean {
  if (isDiskFull(error)) return false;
  return isRegistryError(error, "UNAVAILABLE", "TOOMANYREQUESTS", "CORRUPT") && askedDelay(error) <= longestDelayMs;
}

/** How long a registry wants to be left alone. */
function askedDelay(failure: unknown): number {
  return failure instanceof RegistryError ? (failure.retryAfterMs ?? 0) : 0;
}

/** Half of it by chance, so that those who failed together do not come again together; never less than was asked for. */
function delayAfter(failures: number, failure: unknown): number {
  if (isRegistryError(failure, "CORRUPT")) return 0;
  const doubled = Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 1));
  return askedDelay(failure) + (doubled * (1 + Math.random())) / 2;
}
