/** How long the daemon may take; a call's own `deadlineMs` goes first. */
export interface EngineDeadlines {
  /** For a whole call; of wait, attach, logs and events for the first answer. */
  readonly callMs: number;
  /** For creating, starting and removing a container: the daemon works on disks and networks meanwhile. */
  readonly changeMs: number;
  /** Added to the grace of a stop. */
  readonly stopMarginMs: number;
  /** For silence while an image is pulled or loaded. */
  readonly transferSilenceMs: number;
}

/** Deadlines for a daemon that is busy but well. */
export const defaultEngineDeadlines: EngineDeadlines = {
  callMs: 30_000,
  changeMs: 60_000,
  stopMarginMs: 15_000,
  transferSilenceMs: 300_000,
};
