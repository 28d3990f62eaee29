import type { Command } from "commander";
import { parseSize } from "./flags.ts";

/** Flags of `registry serve` about what is around the registry: how much is taken, and who looks at it. */
export interface ServingFlags {
  /** Bytes. */
  quota?: number;
  /** Bytes. */
  repositoryQuota?: number;
}

export function addServingFlags(command: Command): void {
  command
    .option("--quota <size>", "most that pushes may fill of the store, e.g. 100g; more is denied", parseSize)
    .option("--repository-quota <size>", "most that pushes may fill of each repository", parseSize);
}
