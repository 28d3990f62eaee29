import type { PullThroughObserver } from "../../../registry/mod.ts";

/** How often content of upstreams was asked for, and was here. */
export class CacheTally {
  #hits = 0;
  #misses = 0;

  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  readonly observer: PullThroughObserver = {
    onLookup: ({ outcome }) => {
      if (outcome === "hit") this.#hits++;
      else this.#misses++;
    },
  };
}
