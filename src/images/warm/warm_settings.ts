import type { DailyWindow } from "./daily_window.ts";

/** What is said of warming, in the words of flags and of the configuration. `false`: no such limit, whoever wants one. */
export interface WarmSettings {
  /** The file of the set, for who names no images. */
  readonly file?: string;
  /** Milliseconds for which images of a command line are protected: there is no file that could cease to name them. */
  readonly protect: number;
  /** Milliseconds between two looks whether tags have moved. */
  readonly interval: number;
  /** Images on their way at once. */
  readonly concurrency: number;
  /** Bytes a second, for all of them together. */
  readonly bandwidth?: number | false;
  /** Manifests of a registry's quota that are left to others. */
  readonly reserve?: number | false;
  /** When images are begun. */
  readonly window?: DailyWindow | false;
}

/** What holds where nobody says anything else. */
export const usualWarmSettings = {
  protect: 86_400_000,
  interval: 300_000,
  concurrency: 4,
} as const satisfies WarmSettings;
