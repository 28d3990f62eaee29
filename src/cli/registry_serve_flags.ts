import { type Command, InvalidArgumentError } from "commander";
import { type MetricsPlace, readMetricsPlace } from "../executor/setting_values.ts";
import { parsePath, parseSize } from "./flags.ts";

/** Flags of `registry serve` about what is around the registry: how much is taken, and who looks at it. */
export interface ServingFlags {
  /** Bytes. */
  quota?: number;
  /** Bytes. */
  repositoryQuota?: number;
  /** True for stderr, else a file. */
  accessLog?: true | string;
  metrics?: MetricsPlace;
}

export function addServingFlags(command: Command): void {
  command
    .option("--quota <size>", "most that pushes may fill of the store, e.g. 100g; more is denied", parseSize)
    .option("--repository-quota <size>", "most that pushes may fill of each repository", parseSize)
    .option("--access-log [file]", "a line for each request, on stderr unless a file is named", parsePath)
    .option(
      "--metrics <address>",
      "where Prometheus finds /metrics, without a password: host:port, a port of this machine, or unix:/path; at the " +
        "registry's own address unless given",
      parseMetrics,
    );
}

/** `9100`, `0.0.0.0:9100`, `[::1]:9100`, `unix:/run/metrics.sock`. */
export function parseMetrics(text: string): MetricsPlace {
  const place = readMetricsPlace(/^\d+$/.test(text) ? `127.0.0.1:${text}` : text, "", []);
  if (!place) throw new InvalidArgumentError("Expected [HOST:]PORT or unix:/PATH.");
  return place;
}
