import { lstat, readFile, stat } from "node:fs/promises";
import { isWithin } from "../../runtime/path_tree.ts";
import { followLinks } from "./host_path.ts";
import type { AccessRule, Policy } from "./policy.ts";
import { noPolicy } from "./policy.ts";
import { PolicyError } from "./policy_error.ts";

/** Where a policy is looked for. */
export const defaultPolicyPath = "/etc/mesos-docker/policy.yaml";

/** More than any policy needs. */
const maxBytes = 1024 * 1024;

/** Which file is the policy. */
export interface PolicyPlace {
  /** Value of MESOS_DOCKER_POLICY. A file that is named must be there. */
  path?: string | undefined;
  /** Where it is otherwise; nothing there means that everything is allowed. */
  defaultPath?: string;
}

/**
 * Reads the operator's policy. Frameworks can set an executor's variables, so MESOS_DOCKER_POLICY is no way around a
 * policy at the default place: naming another file beside it is an error. Rejects with PolicyError, which lists all
 * faults; nothing may run then.
 */
export async function loadPolicy(place: PolicyPlace): Promise<Policy> {
  const { path, defaultPath = defaultPolicyPath } = place;
  const usual = await readPolicyFile(defaultPath);
  if (path === undefined || path === defaultPath) {
    if (usual !== undefined) return await toPolicy(usual, defaultPath);
    if (path === undefined) return noPolicy;
  }
  const named = path ?? defaultPath;
  if (usual !== undefined) {
    throw new PolicyError("invalid", named, [`${defaultPath} is there and cannot be replaced by MESOS_DOCKER_POLICY`]);
  }
  const text = await readPolicyFile(named);
  if (text === undefined) throw new PolicyError("missing", named, ["it does not exist"]);
  return await toPolicy(text, named);
}

/** The parser and the schema cost more than an executor's start may, and most have no policy. */
async function toPolicy(text: string, path: string): Promise<Policy> {
  const { parsePolicy } = await import("./document.ts");
  const parsed = parsePolicy(text);
  if ("faults" in parsed) throw new PolicyError("invalid", path, parsed.faults);
  const { policy } = parsed;
  const [hostMounts, devices] = await Promise.all([withLinks(policy.hostMounts), withLinks(policy.devices)]);
  return { ...policy, hostMounts, devices, source: path };
}

/** Text of a file, or undefined when there is none. */
async function readPolicyFile(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new PolicyError("unreadable", path, ["it is a directory, expected a file"]);
    if (!found.isFile()) throw new PolicyError("unreadable", path, ["it is no regular file"]);
    if (found.size > maxBytes)
      throw new PolicyError("invalid", path, [`it has ${found.size} bytes, expected at most ${maxBytes}`]);
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    if (error instanceof TypeError) throw new PolicyError("invalid", path, ["it is not in UTF-8"], { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new PolicyError("unreadable", path, [`it cannot be read: ${code}`], { cause: error });
    // A link to nothing is a policy that got lost, not one that nobody wrote.
    if (await isThere(path)) throw new PolicyError("unreadable", path, ["it is a link to a file that is not there"]);
    return undefined;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Adds where the paths of a rule lead: what a task asks for is compared with its links followed. An allowed path within
 * another allowed tree stays as it reads, since a task that writes there could make a link of it.
 */
async function withLinks(rule: AccessRule): Promise<AccessRule> {
  const { allow, deny } = rule;
  const isOwnTree = (path: string) => !allow?.some((other) => other !== path && isWithin(path, other));
  return {
    deny: await addTargets(deny, () => true),
    ...(allow ? { allow: await addTargets(allow, isOwnTree) } : {}),
  };
}

async function addTargets(entries: readonly string[], isFollowed: (path: string) => boolean): Promise<string[]> {
  const targets = entries.filter((entry) => entry.startsWith("/") && isFollowed(entry)).map(followOrKeep);
  return [...new Set([...entries, ...(await Promise.all(targets))])];
}

/** An operator may speak of folders that the executor's user cannot look into; they stay as they are written. */
async function followOrKeep(path: string): Promise<string> {
  return await followLinks(path).catch(() => path);
}
