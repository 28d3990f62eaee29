// A daemon with images on a disk that they fill, for tests of what collects them.
import type { GcParts, GcReport } from "../../../src/images/gc/collect.ts";
import { openInventory } from "../../../src/images/inventory/inventory_keeper.ts";
import { createImageState, type ImageState } from "../../../src/images/state/image_state.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { idOf } from "../specimens.ts";

const total = { totalBytes: 1000, totalInodes: 100 };

/** Time that passes as soon as somebody waits for it. */
export class HastyClock implements Clock {
  #nowMs = 1_000_000;

  now(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, callback: () => void) {
    const handle = setTimeout(() => {
      this.#nowMs += delayMs;
      callback();
    });
    return { cancel: () => clearTimeout(handle) };
  }
}

/** A daemon whose images fill a disk: each of 100 bytes, and 10 inodes, of its own. */
export class GcBench {
  readonly clock = new HastyClock();
  readonly engine = new FakeEngine({ clock: this.clock });
  readonly state: ImageState;
  /** Bytes that something else takes. */
  other = 0;

  constructor(folder: string, count: number) {
    this.state = createImageState(folder);
    this.engine.store.detailed = Array.from({ length: count }, (_, index) => {
      const number = index + 1;
      const layers = [{ digest: `sha256:${number.toString(16).padStart(64, "e")}`, bytes: 100 }];
      const id = idOf(number);
      return { id, names: [`image-${number}:1`], digests: [`image-${number}@${id}`], layers };
    });
    for (let number = 1; number <= count; number++) this.noteUse(number, number);
  }

  /** A container of an image ended. */
  noteUse(number: number, timeMs: number): void {
    const attributes = { image: `image-${number}:1` };
    this.engine.past.push({ type: "container", action: "die", id: `c${number}-${timeMs}`, attributes, timeMs });
  }

  /** Of all images that are left. */
  get names(): string[] {
    return this.engine.store.detailed.flatMap(({ names }) => names);
  }

  /** What collecting takes. */
  async parts(about: Partial<GcParts["rules"]> = {}) {
    const inventory = await openInventory(this.engine, this.state, { log: silentLog, clock: this.clock });
    // Without a tag's time, an image came when it was first seen.
    await inventory.take();
    const rules = {
      marks: { highPercent: 85, lowPercent: 60 },
      protection: { minAgeMs: 0, onlyCopies: "kept" as const },
      pauseMs: 100,
      ...about,
    };
    const readDisk = async () => this.readDisk();
    return { engine: this.engine, state: this.state, inventory, readDisk, rules, clock: this.clock };
  }

  /** The disk by what is left. */
  readDisk() {
    const count = this.engine.store.detailed.length;
    return { ...total, availableBytes: 1000 - count * 100 - this.other, freeInodes: 100 - count };
  }
}

/** Names of what was removed, in that order. */
export function removedOf({ verdicts }: GcReport): string[] {
  return verdicts.flatMap(({ outcome, image }) => (outcome === "removed" ? image.names : []));
}

/** Reasons by the first names of what was kept. */
export function keptOf({ verdicts }: GcReport): Record<string, string> {
  const kept = verdicts.flatMap((verdict) =>
    verdict.outcome === "kept" ? [[verdict.image.names[0] ?? "", verdict.reason] as const] : [],
  );
  return Object.fromEntries(kept);
}
