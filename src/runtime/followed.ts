/** Something that may change while the program runs. */
export interface Followed<T> {
  /** What holds, as of the last look. */
  readonly value: T;
  /** Looks whether something else holds by now. */
  look(): boolean;
}

/** Pause between two looks at what may change: whoever has changed it waits for that. */
export const followMs = 1000;
