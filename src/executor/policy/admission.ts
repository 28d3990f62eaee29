import { toKey } from "../translation/parameters/flag_table.ts";
import { isRestricted, judgeName, judgePath } from "./access.ts";
import { type Breach, findDenied, refuse, type Wanted } from "./breach.ts";
import { findConfinementBreaches } from "./confinement.ts";
import { findLimitBreaches } from "./defaults.ts";
import { findHostAccessBreaches } from "./host_access.ts";
import { cleanPath } from "./host_path.ts";
import { judgeImage, toFullReference } from "./image_prefix.ts";
import type { Policy } from "./policy.ts";

export type { OwnParts, Wanted } from "./breach.ts";
export { applyDefaults, toLogLimits } from "./defaults.ts";

/**
 * Asks the operator's policy about a task. Throws {@link TaskError} `denied`, which names every rule that is broken.
 *
 * What costs the host only what the task's resources hold anyway (OomKillDisable, OomScoreAdj, Ulimits, block device
 * limits) is left alone, and what a volume that exists already leads to cannot be seen from here.
 */
export function admit(policy: Policy, wanted: Wanted): void {
  const breaches = [
    ...findConfinementBreaches(policy, wanted),
    ...findHostAccessBreaches(policy, wanted),
    ...findNameBreaches(policy, wanted),
    ...findArchiveBreaches(policy, wanted),
    ...findLimitBreaches(policy, wanted.request),
  ];
  refuse(policy, breaches);
}

/** What is allowed by its name. */
function findNameBreaches(policy: Policy, { image, extraImages = [], request, parameters, own }: Wanted): Breach[] {
  const host = request.body.HostConfig ?? {};
  const mounted = (host.Mounts ?? []).flatMap(({ Type, Source }) => (Type === "image" && Source ? [Source] : []));
  const keys = parameters.map(toKey).filter((key) => !policy.parameters.ignore.includes(key));
  return [
    ...findDenied(
      [...new Set([image, request.body.Image, ...extraImages, ...mounted])],
      (reference) => reference === own.image || isImageAllowed(policy, reference),
      describeImage,
      "registries",
    ),
    ...findDenied(
      [...new Set(keys)],
      (key) => judgeName(policy.parameters, key) === "allow",
      (key) => `parameter "${key}"`,
      "parameters",
    ),
    ...findDenied(
      host.Runtime ? [host.Runtime] : [],
      (runtime) => judgeName(policy.runtimes, runtime) === "allow",
      (runtime) => `runtime "${runtime}"`,
      "runtimes",
    ),
    ...findDenied(
      host.CgroupParent ? [host.CgroupParent] : [],
      (parent) => judgePath(policy.cgroupParent, cleanPath(parent)) === "allow",
      (parent) => `cgroup parent "${parent}"`,
      "cgroup_parent",
    ),
  ];
}

/** What an archive calls its images says nothing of where they are from. */
function findArchiveBreaches({ imageArchives, registries }: Policy, { imageArchive }: Wanted): Breach[] {
  if (imageArchive === undefined || imageArchives === "allow") return [];
  const what = `image archive "${imageArchive}"`;
  if (imageArchives === "deny") return [{ what, rule: "image_archives: deny" }];
  return isRestricted(registries) ? [{ what: `${what}, which may call anything by any name`, rule: "registries" }] : [];
}

/** An image's id says nothing of the registry that it came from. */
function isImageAllowed({ registries }: Policy, image: string): boolean {
  const reference = toFullReference(image);
  return reference === undefined ? !isRestricted(registries) : judgeImage(registries, reference) === "allow";
}

function describeImage(image: string): string {
  return toFullReference(image) === undefined ? `image "${image}", which may be an id` : `image "${image}"`;
}
