import type { Engine, EngineAddress } from "../../src/docker/mod.ts";

/**
 * One thing that is measured. Each is a file of `rows/`; to add one, write the file and name it in `rows/all.ts`. The
 * peer is measured in the same run and in turn with us: times of one run alone say more about the machine than about us.
 */
export interface Row {
  /** Word that selects it on the command line. */
  readonly name: string;
  /** What is measured, and what it is measured against. */
  readonly title: string;
  /** Throws when it could not be measured. What it starts it ends, also when the signal is aborted. */
  measure(bench: Bench): Promise<readonly Line[]>;
}

/** One line of the table: samples of one quantity, ours and the peer's. */
export interface Line {
  readonly name: string;
  /** MB are 2^20 bytes, as Mesos counts them. */
  readonly unit: "ms" | "MB" | "MB/s" | "/s" | "GETs";
  readonly ours: readonly number[];
  /** As many as ours, sample for sample, when they were taken in pairs; empty where the peer has no such thing. */
  readonly peer: readonly number[];
  readonly goal?: Goal;
}

/** What a line should be at most, or at least. It is printed, and changes no exit code. */
export type Goal =
  /** Ours through the peer's. */
  | { readonly kind: "ratio"; readonly atMost: number }
  /** Ours minus the peer's. */
  | { readonly kind: "difference"; readonly atMost: number }
  | { readonly kind: "ours"; readonly atMost: number }
  /** Ours through the peer's, of what is the better the more it is. */
  | { readonly kind: "gain"; readonly atLeast: number };

/** What rows measure with; it is there for all of them, and outlives them. */
export interface Bench {
  /** The compiled program. */
  readonly binary: string;
  readonly engine: Engine;
  readonly engineAddress: EngineAddress;
  /** A small image in the daemon, with `sleep`. */
  readonly image: string;
  /** A folder for this run. */
  readonly workDir: string;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** Path of a program that is compiled from this text with our own flags; the same text is compiled once. */
  compile(source: string): Promise<string>;
}
