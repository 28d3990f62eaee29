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
