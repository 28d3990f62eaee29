import type { Flag } from "./flag.ts";
import { deviceFlags } from "./flags/devices.ts";
import { environmentFlags } from "./flags/environment.ts";
import { healthFlags } from "./flags/health.ts";
import { limitFlags } from "./flags/limits.ts";
import { loggingFlags } from "./flags/logging.ts";
import { namespaceFlags } from "./flags/namespaces.ts";
import { networkFlags } from "./flags/networks.ts";
import { portFlags } from "./flags/ports.ts";
import { processFlags } from "./flags/process.ts";
import { refusedFlags } from "./flags/refused.ts";
import { securityFlags } from "./flags/security.ts";
import { volumeFlags } from "./flags/volumes.ts";

/** Every flag of `docker run` by the name that Docker gives it today (contract B.4). */
const flags: ReadonlyMap<string, Flag> = new Map(
  [
    limitFlags,
    deviceFlags,
    namespaceFlags,
    securityFlags,
    processFlags,
    environmentFlags,
    loggingFlags,
    healthFlags,
    networkFlags,
    portFlags,
    volumeFlags,
    refusedFlags,
  ].flatMap((family) => Object.entries(family)),
);

/** Older names, which Docker still takes. */
const aliases = new Map([
  ["net", "network"],
  ["net-alias", "network-alias"],
  ["dns-opt", "dns-option"],
]);

/** Docker's name of today for a flag. */
export function toKey(name: string): string {
  return aliases.get(name) ?? name;
}

/** A flag by any of its names. */
export function findFlag(name: string): Flag | undefined {
  return flags.get(toKey(name));
}
