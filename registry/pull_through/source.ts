import type { Clock } from "../client/clock.ts";
import type { RegistryLister, RegistryReader } from "../registry.ts";
import { isAbsent, isRegistryError, RegistryError } from "../registry_error.ts";
import type { PullThroughObserver } from "./observer.ts";

/** Somewhere that content may be had from: a mirror, or the registry itself. */
export interface Upstream {
  /** For errors and logs, e.g. its host. */
  readonly name: string;
  readonly registry: RegistryReader & RegistryLister;
  /** What it is asked for: what tags point at, and content by its digest. Both unless given. */
  readonly serves?: readonly ("tags" | "blobs")[];
}

/** Shortest and longest time that a source is not asked first after it has failed. */
const shortestRestMs = 1000;
const longestRestMs = 60_000;

/** An upstream and what is remembered of how it did. */
export class Source {
  readonly upstream: Upstream;
  readonly #clock: Clock;
  readonly #onFailed: PullThroughObserver["onSourceFailed"];
  #failures = 0;
  #restsUntil = 0;
  #heardMs = Number.NEGATIVE_INFINITY;

  constructor(upstream: Upstream, clock: Clock, { onSourceFailed }: PullThroughObserver = {}) {
    this.upstream = upstream;
    this.#clock = clock;
    this.#onFailed = onSourceFailed;
  }

  /** When it may be asked first again, in milliseconds of the clock; 0 for one that is well. */
  get restsUntil(): number {
    return this.#restsUntil > this.#clock.now() ? this.#restsUntil : 0;
  }

  /** When it has last sent bytes of a blob, in milliseconds of the clock. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** It sends bytes of a blob. */
  heard(): void {
    this.#heardMs = this.#clock.now();
  }

  succeeded(): void {
    this.#failures = 0;
    this.#restsUntil = 0;
  }

  /** Each failure in a row doubles the rest; a registry that says how long it wants to be left alone is believed. */
  failed(error: unknown): void {
    const doubled = Math.min(longestRestMs, shortestRestMs * 2 ** this.#failures++);
    const asked = error instanceof RegistryError ? (error.retryAfterMs ?? 0) : 0;
    this.#restsUntil = this.#clock.now() + Math.min(longestRestMs, Math.max(doubled, asked));
    this.#onFailed?.({ source: this.upstream.name, error });
  }
}

/** Sources in the order in which they are asked: those that are well as configured, then those that rest, soonest first. */
export function inOrder(sources: readonly Source[]): Source[] {
  return sources.toSorted((a, b) => a.restsUntil - b.restsUntil);
}

/** Whether it is the caller's fault, which another source would not mend. */
export function isFinal(error: unknown): boolean {
  return isRegistryError(error, "RANGE_INVALID", "NAME_INVALID", "DIGEST_INVALID");
}

/** What a source has said. */
export interface SourceFailure {
  readonly source: Source;
  readonly error: unknown;
}

/**
 * One error for what every source has said. What the last of `sources` as they are configured, the registry itself, does not have
 * does not exist, whenever it was asked; what only mirrors do not have may.
 */
export function toOneError(
  what: string,
  sources: readonly Source[],
  failures: readonly SourceFailure[],
): RegistryError {
  const [first] = failures;
  if (!first) {
    const found =
      "no source is asked for it, as its mirrors have other capabilities and the registry itself is left out";
    return new RegistryError("UNAVAILABLE", `Cannot get ${what}: ${found}`);
  }
  const own = failures.find(({ source }) => source === sources.at(-1))?.error;
  const isAnswered = isAbsent(own);
  const deciding = isAnswered ? own : (failures.at(-1) ?? first).error;
  if (failures.length === 1 || (isAnswered && failures.every(({ error }) => isAbsent(error)))) {
    return asOurs(RegistryError.from(deciding));
  }
  const isCorrupt = failures.every(({ error }) => isRegistryError(error, "CORRUPT"));
  const causes = failures.map(({ source, error }) => `${source.upstream.name}: ${RegistryError.from(error).message}`);
  const retryAfter = Math.min(...failures.flatMap(({ error }) => RegistryError.from(error).retryAfterMs ?? []));
  return new RegistryError(
    isAnswered ? own.code : isCorrupt ? "CORRUPT" : "UNAVAILABLE",
    `Cannot get ${what} from anywhere: ${causes.join("; ")}`,
    { ...(!isAnswered && Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter } : {}), cause: deciding },
  );
}

/** A source that wants a login wants ours: who asks us has nothing to log in to, and a 401 without a challenge says nothing. */
function asOurs(error: RegistryError): RegistryError {
  if (error.code !== "UNAUTHORIZED") return error;
  return new RegistryError("DENIED", error.message, { cause: error });
}
