/** A small text that outlives the process, for what a registry remembers beside its images. */
export interface KeptText {
  /** Undefined when nothing was ever written. */
  read(): Promise<string | undefined>;
  /** Replaces it, as a whole or not at all. */
  write(text: string): Promise<void>;
}
