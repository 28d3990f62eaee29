import { Bell } from "../bell.ts";
import { signalOf } from "../call.ts";
import type { Clock } from "../client/clock.ts";
import type { Quota } from "../client/quota.ts";
import { delegatedRegistry } from "../delegated_registry.ts";
import type { Registry, RegistryReader } from "../registry.ts";

/** What is left of a registry's quota, as its last answer told it; one for all clients of an account. */
export class Allowance {
  /** To be rung when a reserve has changed: who waits looks whether enough is left by now. */
  readonly changed: Bell = new Bell();
  #last: Quota | undefined;

  /** To be told by the clients, as their observer's `onQuota`. */
  note(quota: Quota): void {
    this.#last = quota;
  }

  /** Requests that are left; undefined as long as the registry has said nothing. */
  get remaining(): number | undefined {
    return this.#last?.remaining;
  }
}

/** How much is left to others, and how that is waited for. */
export interface SparingOptions {
  readonly allowance: Allowance;
  /** Requests that are not ours: as long as no more are left, we wait. Read at each look, and when the allowance tells of a change. */
  readonly reserve: number;
  /** Pause between two looks at what is left; five minutes. */
  readonly pauseMs?: number;
  readonly clock: Clock;
  /** Told when a wait begins. */
  readonly onPause?: (pause: { repository: string; target: string; remaining: number }) => void;
}

/**
 * A registry as work sees it that can wait: manifests, which count against a quota, are not asked for while no more than the reserve is
 * left, so that what cannot wait still gets them elsewhere (contract B.8, J 23). Everything else goes on; a look at what is left is a HEAD,
 * which costs nothing.
 */
export function sparing(registry: Registry, options: SparingOptions): Registry {
  return { ...delegatedRegistry(registry), getManifest: sparingManifests(registry, options) };
}

/** How a registry is asked for manifests then. */
export function sparingManifests(registry: RegistryReader, options: SparingOptions): RegistryReader["getManifest"] {
  const { allowance, pauseMs = 5 * 60_000, clock, onPause } = options;
  const isLow = () => (allowance.remaining ?? Number.POSITIVE_INFINITY) <= options.reserve;
  return async (repository, target, call = {}) => {
    if (isLow()) onPause?.({ repository, target, remaining: allowance.remaining ?? 0 });
    while (isLow()) {
      const pause = await allowance.changed.wait(clock, pauseMs, signalOf(call));
      if (pause === "over") await registry.statManifest(repository, target, call);
    }
    return await registry.getManifest(repository, target, call);
  };
}
