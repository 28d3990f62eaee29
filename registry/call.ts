import type { CallOptions } from "./registry.ts";
import { assertRepository } from "./values/name.ts";

/** What every call about a repository begins with: throws the signal's reason, and NAME_INVALID. */
export function enter(repository: string, { signal }: CallOptions): void {
  signal?.throwIfAborted();
  assertRepository(repository);
}

/** The signal alone of options that may hold more; nothing where they have none. */
export function signalOf({ signal }: { readonly signal?: AbortSignal | undefined }): CallOptions {
  return signal ? { signal } : {};
}

/** A wait that may be given up: rejects with the signal's reason when that is aborted first. What is waited for goes on. */
export async function waitFor<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    // Even then: a failure of what nobody waits for must not be left to the process.
    return await Promise.race([promise, work]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
