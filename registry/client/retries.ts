import { signalOf } from "../call.ts";
import { isRegistryError } from "../registry_error.ts";
import type { Clock } from "./clock.ts";
import { isRepeatable, mayBeLost } from "./http/repetition.ts";
import { isSilence } from "./http/silence.ts";
import type { HttpRequest, HttpResponse, Transport } from "./http/transport.ts";
import { parseRetryAfter } from "./retry_after.ts";

/** How often and how patiently something is tried again. */
export interface RetryPolicy {
  /** Tries in all, the first among them. */
  readonly attempts: number;
  /** Longest wait before the second try; it doubles with each. The wait is drawn between nothing and that. */
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** Longest time that a registry may ask for: who asks for more is answered with an error that says so. */
  readonly longestRetryAfterMs: number;
}

/** Fast for a registry that stumbles, and done within half a minute with one that is down. */
export const defaultRetryPolicy: RetryPolicy = {
  attempts: 5,
  firstDelayMs: 200,
  longestDelayMs: 10_000,
  longestRetryAfterMs: 60_000,
};

/** What waits are made of. */
export interface RetryMeans {
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

/** Statuses that say: later, perhaps (contract B.8). */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || status === 500 || (status >= 502 && status <= 504);
}

/**
 * Tries requests again that had no answer, or one that will pass. A body that can be sent only once is not sent twice, and
 * POST and PATCH not after any answer but 429: they may have been done (contract B.8).
 */
export function retryRequests(next: Transport, policy: RetryPolicy, means: RetryMeans): Transport {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= policy.attempts || request.body?.stream !== undefined;
      let asked: number | undefined;
      try {
        const response = await next(request);
        asked = parseRetryAfter(response.headers["retry-after"], means.clock.now());
        if (last || !isWorthAnother(request, response, asked, policy)) return response;
        await response[Symbol.asyncDispose]();
      } catch (error) {
        const again = isRegistryError(error, "UNAVAILABLE") && error.retryable;
        if (last || !again || !mayBeLost(request)) throw error;
      }
      await means.clock.sleep(delayBefore(attempt, asked, policy, means.random), signalOf(request));
    }
  };
}

/** Tries of what nobody answers at all: each takes as long as a connection may, and one that is lost is worth another. */
const silentAttempts = 2;

/** Tries a call again that found nobody, as requests are; one that nobody answers, once. Throws the signal's reason. */
export async function retryCall<T>(
  call: () => Promise<T>,
  policy: RetryPolicy,
  { clock, random, signal }: RetryMeans & { readonly signal: AbortSignal },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const again = isRegistryError(error, "UNAVAILABLE") && error.retryable;
      const most = isSilence(error) ? Math.min(silentAttempts, policy.attempts) : policy.attempts;
      if (!again || attempt >= most) throw error;
    }
    await clock.sleep(delayBefore(attempt, undefined, policy, random), { signal });
  }
}

function isWorthAnother(
  request: HttpRequest,
  { status }: HttpResponse,
  asked: number | undefined,
  { longestRetryAfterMs }: RetryPolicy,
): boolean {
  if (!isPassingStatus(status) || (asked ?? 0) > longestRetryAfterMs) return false;
  return status === 429 || isRepeatable(request);
}

/** Full jitter, and never less than the registry asked for. */
export function delayBefore(
  attempt: number,
  asked: number | undefined,
  policy: Pick<RetryPolicy, "firstDelayMs" | "longestDelayMs">,
  random: () => number,
): number {
  const ceiling = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  const jitter = random() * ceiling;
  return asked === undefined ? jitter : asked + jitter / 4;
}
