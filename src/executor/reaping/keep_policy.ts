import type { ContainerState } from "../../docker/mod.ts";
import { formatDuration, parseDuration } from "../../notation/duration.ts";

/** How a container has ended: as it should, as somebody wished, or neither. */
export type ContainerEnd = "well" | "on request" | "badly";

/** Which containers stay for somebody to look at when they have ended, and how long; the others are removed at once. */
export type KeepPolicy = { kind: "never" } | { kind: "always" | "on failure"; forMs: number };

/** Written on every container: whoever finds it when its executor is gone knows how long it is to stay. */
export const keepLabel = "mesos-docker.keep";

/** Failed containers stay a day when nobody says how long. */
const usualFailureMs = 24 * 60 * 60 * 1000;

/** Reads `never`, a duration of Mesos, `on-failure` or `on-failure:<duration>`; throws SyntaxError and RangeError. */
export function parseKeepPolicy(text: string): KeepPolicy {
  if (text === "never") return { kind: "never" };
  if (text === "on-failure") return { kind: "on failure", forMs: usualFailureMs };
  const [, duration] = /^on-failure:(.+)$/.exec(text) ?? [];
  return duration === undefined
    ? { kind: "always", forMs: parseDuration(text) }
    : { kind: "on failure", forMs: parseDuration(duration) };
}

/** The label of a container; what {@link parseKeepPolicy} reads. */
export function toKeepLabel(policy: KeepPolicy): Record<string, string> {
  const text = policy.kind === "never" ? "never" : formatDuration(policy.forMs);
  return { [keepLabel]: policy.kind === "on failure" ? `on-failure:${text}` : text };
}

/** How long a container stays after an end of that kind; `undefined` when it does not. */
export function findKeepMs(policy: KeepPolicy, end: ContainerEnd): number | undefined {
  if (policy.kind === "never") return undefined;
  return policy.kind === "always" || end === "badly" ? policy.forMs : undefined;
}

/**
 * Until when a container stays whose executor is gone, in milliseconds since the epoch; `undefined` when it need not. A label that
 * cannot be read keeps nothing. That somebody wished its end, nobody knows any more: its exit code decides.
 */
export function findKeptUntil(
  labels: Readonly<Record<string, string>>,
  { Status, ExitCode, FinishedAt }: Pick<ContainerState, "Status" | "ExitCode" | "FinishedAt">,
): number | undefined {
  const finishedMs = Date.parse(FinishedAt);
  // Year 1 stands for never; one that is still there after that has not ended by itself.
  if (!["exited", "dead"].includes(Status) || !(finishedMs > 0)) return undefined;
  const forMs = findKeepMs(readLabel(labels), ExitCode === 0 ? "well" : "badly");
  return forMs === undefined ? undefined : finishedMs + forMs;
}

/** Whether a container's label asks for anything to be kept. */
export function mayBeKept(labels: Readonly<Record<string, string>>): boolean {
  return readLabel(labels).kind !== "never";
}

function readLabel(labels: Readonly<Record<string, string>>): KeepPolicy {
  try {
    return parseKeepPolicy(labels[keepLabel] ?? "never");
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return { kind: "never" };
    throw error;
  }
}
