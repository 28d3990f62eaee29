import type { Clock } from "../../../registry/client/clock.ts";
import { openRegistryClient, type RegistryClientOptions } from "../../../registry/client/open_registry_client.ts";

/** A clock that does not wait, and remembers for how long it should have. */
export class HastyClock implements Clock {
  readonly waits: number[] = [];
  nowMs = 1_700_000_000_000;

  now(): number {
    return this.nowMs;
  }

  async sleep(delayMs: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    signal?.throwIfAborted();
    this.waits.push(delayMs);
    this.nowMs += delayMs;
  }
}

/** A client whose waits cost no time. */
export function openFastClient(host: string, options: RegistryClientOptions = {}) {
  const clock = new HastyClock();
  const client = openRegistryClient(host, { clock, random: () => 0.5, idleTimeoutMs: 2000, ...options });
  return Object.assign(client, { clock });
}
