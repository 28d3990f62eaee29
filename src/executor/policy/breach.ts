import type { ContainerCreate } from "../../docker/mod.ts";
import { TaskError } from "../task/task_error.ts";
import type { HostPath } from "./host_path.ts";
import type { Policy } from "./policy.ts";

/** What a task wants, as far as an operator may have a say in it. */
export interface Wanted {
  image: string;
  /** An archive in the sandbox that brings it. */
  imageArchive?: string;
  /** Further images, e.g. mounted ones. */
  extraImages?: readonly string[];
  request: ContainerCreate;
  /** Paths of the host with their links followed, see {@link resolveHostPaths}; the request's own are added as they read. */
  hostPaths: readonly (Omit<HostPath, "kind"> & Partial<Pick<HostPath, "kind">>)[];
  /** Keys of DockerInfo.parameters. */
  parameters: readonly string[];
  /** What of the request no task chose. */
  own: OwnParts;
}

/** What the executor itself or the operator puts into a request, so that no rule is asked about it. */
export interface OwnParts {
  /** The sandbox, persistent volumes, files of secrets: absolute, as they stand in the request, each with all beneath it. */
  paths: readonly string[];
  /** Items of SecurityOpt that are the operator's, i.e. `seccomp=` with a profile of `seccomp_profiles`. */
  securityOptions: readonly string[];
  /** An image that the executor makes itself. */
  image?: string;
  /** Id of a container of the executor's, whose namespaces the request joins. */
  container?: string;
}

/** A rule that a task breaks. */
export interface Breach {
  /** What the task wants. */
  what: string;
  /** As the operator wrote it. */
  rule: string;
}

/** A breach for each item that a rule does not allow. */
export function findDenied<T>(
  items: readonly T[],
  isAllowed: (item: T) => boolean,
  describe: (item: T) => string,
  rule: string,
): Breach[] {
  return items.filter((item) => !isAllowed(item)).map((item) => ({ what: describe(item), rule }));
}

/** Throws when there are breaches. */
export function refuse(policy: Policy, breaches: readonly Breach[]): void {
  if (breaches.length === 0) return;
  const reasons = breaches.map(({ what, rule }) => `${what} (rule "${rule}")`);
  throw new TaskError("denied", `The policy ${policy.source ?? "in force"} denies this task: ${reasons.join("; ")}`);
}
