import type { GcRules } from "./collect.ts";

/** What is said of collecting images, in the words of flags and of the configuration. `false`: no such limit, whoever wants one. */
export interface GcSettings {
  /** Per cent of the disk's bytes, or of its inodes, at which it begins. */
  readonly high: number;
  /** Per cent at which it ends. */
  readonly low: number;
  /** Bytes of the layers of all images, at which it begins as well. */
  readonly maxSize?: number | false;
  /** Milliseconds: what came or was used since then stays. */
  readonly minAge: number;
  /** Whether images go that no registry is known to have. */
  readonly onlyCopies: "kept" | "removed";
  /** Most that go at once. */
  readonly maxImages?: number | false;
  /** Milliseconds between two removals. */
  readonly pause: number;
  /** Milliseconds between two looks at the disk. */
  readonly interval: number;
  /** Folder of the daemon's images, where that cannot be asked for. */
  readonly dataRoot?: string;
}

/** What holds where nobody says anything else. */
export const usualGcSettings = {
  high: 85,
  low: 80,
  minAge: 600_000,
  onlyCopies: "kept",
  pause: 100,
  interval: 30_000,
} as const satisfies GcSettings;

/** The rules that settings mean. */
export function toGcRules({ high, low, maxSize, minAge, onlyCopies, maxImages, pause }: GcSettings): GcRules {
  return {
    marks: { highPercent: high, lowPercent: low, ...(maxSize ? { maxImageBytes: maxSize } : {}) },
    protection: { minAgeMs: minAge, onlyCopies },
    pauseMs: pause,
    ...(maxImages ? { maxImages } : {}),
  };
}
