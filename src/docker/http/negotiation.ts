import { type JsonObject, requiredTextOf, textOf, toObject } from "../json_value.ts";

/** Oldest version of the Engine API that our calls are written for. */
export const oldestApiVersion = "1.24";

/** Newest version of the Engine API whose changes were read for our calls. */
export const newestApiVersion = "1.52";

/** What GET /version tells. */
export interface DaemonVersion {
  /** Newest API version that the daemon speaks. */
  readonly apiVersion: string;
  /** Oldest API version that it takes. */
  readonly minApiVersion: string;
  readonly engineVersion: string;
  readonly os: string;
  readonly arch: string;
}

/** What both sides can speak, or why there is nothing. */
export type Negotiation =
  | { readonly kind: "agreed"; readonly apiVersion: string }
  | { readonly kind: "none"; readonly why: string };

/** Reads the answer to GET /version; throws SyntaxError when it is not a Docker daemon's. */
export function readDaemonVersion(value: unknown): DaemonVersion {
  const version: JsonObject = toObject(value);
  const apiVersion = requiredTextOf(version, "ApiVersion");
  // Daemons before API 1.25 do not tell the oldest version that they take, and take all.
  const minApiVersion = textOf(version, "MinAPIVersion") ?? "1.12";
  for (const text of [apiVersion, minApiVersion])
    if (!isApiVersion(text)) throw new SyntaxError(`"${text}" is no version`);
  return {
    apiVersion,
    minApiVersion,
    engineVersion: textOf(version, "Version") ?? "",
    os: textOf(version, "Os") ?? "",
    arch: textOf(version, "Arch") ?? "",
  };
}

/** The version to be spoken: the wanted one, else the newest that both sides know (contract 0.2, trap 11). */
export function negotiateVersion(daemon: DaemonVersion, wanted?: string): Negotiation {
  const { apiVersion: newest, minApiVersion: oldest } = daemon;
  const takes = `the daemon ${daemon.engineVersion} takes API ${oldest} to ${newest}`;
  if (wanted !== undefined) {
    const fits = isApiVersion(wanted) && isBetween(wanted, oldest, newest);
    return fits ? { kind: "agreed", apiVersion: wanted } : { kind: "none", why: `${takes}, wanted is ${wanted}` };
  }
  const ours = `this program speaks ${oldestApiVersion} to ${newestApiVersion}`;
  const best = compareApiVersions(newest, newestApiVersion) < 0 ? newest : newestApiVersion;
  if (!isBetween(best, oldestApiVersion, newestApiVersion) || !isBetween(best, oldest, newest)) {
    return { kind: "none", why: `${takes}, ${ours}` };
  }
  return { kind: "agreed", apiVersion: best };
}

/** Negative, zero or positive, as `a` is older than, equal to or newer than `b`. */
export function compareApiVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA - majorB || minorA - minorB;
}

function isBetween(version: string, oldest: string, newest: string): boolean {
  return compareApiVersions(version, oldest) >= 0 && compareApiVersions(version, newest) <= 0;
}

function isApiVersion(text: string): boolean {
  return /^\d+\.\d+$/.test(text);
}
