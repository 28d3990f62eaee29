import type { HostConfig } from "../../docker/mod.ts";
import { isRestricted } from "./access.ts";
import { type Breach, findDenied, type Wanted } from "./breach.ts";
import { toCapability } from "./capability.ts";
import type { Policy } from "./policy.ts";

/**
 * What of a request takes down the wall between a container and its host. Values that are not known to be harmless count
 * as harmful. Sysctls are left out: the runtime itself refuses those that are not a namespace's own.
 */
export function findConfinementBreaches(policy: Policy, { request: { body }, own }: Wanted): Breach[] {
  const host = body.HostConfig ?? {};
  return [
    ...findPrivileged(policy, host),
    ...findCapabilities(policy, host),
    ...(policy.hostNetwork === "deny" && host.NetworkMode === "host"
      ? [{ what: "network of the host", rule: "host_network: deny" }]
      : []),
    ...(policy.hostNamespaces === "deny"
      ? findForeign(host, own.container).map((what) => ({ what, rule: "host_namespaces: deny" }))
      : []),
    ...(policy.securityOptions === "deny"
      ? findLoosened(host, own.securityOptions).map((what) => ({ what, rule: "security_options: deny" }))
      : []),
    ...(policy.rootUser === "deny" ? findRoot(body.User, host) : []),
  ];
}

/** Where the operator says nothing of privileged containers, the rules on what they are given decide. */
function findPrivileged(policy: Policy, host: HostConfig): Breach[] {
  if (!host.Privileged || policy.privileged === "allow") return [];
  if (policy.privileged === "deny") return [{ what: "privileged", rule: "privileged: deny" }];
  const given: [restricted: boolean, what: string, rule: string][] = [
    [isRestricted(policy.capabilities), "every capability", "capabilities"],
    [isRestricted(policy.devices), "every device", "devices"],
    [isRestricted(policy.hostMounts), "the host's disks", "host_mounts"],
    [policy.securityOptions === "deny", "no confinement", "security_options: deny"],
  ];
  return given
    .filter(([restricted]) => restricted)
    .map(([, what, rule]) => ({ what: `privileged, which gives ${what}`, rule }));
}

/** `ALL` in a rule is the least specific of its entries; in a task it is every capability, the denied ones too. */
function findCapabilities({ capabilities: { allow, deny } }: Policy, host: HostConfig): Breach[] {
  const isAllowed = (name: string) => {
    if (name === "ALL") return deny.length === 0 && (allow === undefined || allow.includes("ALL"));
    if (deny.includes(name)) return false;
    if (allow?.includes(name)) return true;
    return !deny.includes("ALL") && (allow === undefined || allow.includes("ALL"));
  };
  const wanted = (host.CapAdd ?? []).map(toCapability);
  return findDenied(wanted, isAllowed, (name) => `capability ${name}`, "capabilities");
}

/** Modes that keep a namespace the container's own. */
const ownModes = {
  PidMode: ["", "private"],
  IpcMode: ["", "private", "none", "shareable"],
  UTSMode: ["", "private"],
  UsernsMode: ["", "private"],
  CgroupnsMode: ["", "private"],
} as const satisfies Partial<Record<keyof HostConfig, readonly string[]>>;

/** Namespaces of others; `joined` is a container that no task has chosen. */
function findForeign(host: HostConfig, joined: string | undefined): string[] {
  const isJoined = (mode: string) => joined !== undefined && mode === `container:${joined}`;
  const foreign = Object.entries(ownModes).flatMap(([key, harmless]: [string, readonly string[]]) => {
    const mode = host[key as keyof typeof ownModes] ?? "";
    return harmless.includes(mode) || isJoined(mode) ? [] : [`${key} "${mode}"`];
  });
  const mode = host.NetworkMode ?? "";
  if (mode.startsWith("container:") && !isJoined(mode)) foreign.push(`NetworkMode "${mode}"`);
  for (const container of host.VolumesFrom ?? []) foreign.push(`volumes of container "${container}"`);
  for (const link of host.Links ?? []) foreign.push(`link to container "${link}"`);
  return foreign;
}

/**
 * A seccomp profile of the task's own may allow everything, an AppArmor profile of another name anything, an SELinux
 * level reach another container's files, and annotations speak to the runtime past the daemon.
 */
function findLoosened(host: HostConfig, own: readonly string[]): string[] {
  const loosened = (host.SecurityOpt ?? [])
    .filter((option) => !isTightening(option) && !own.includes(option))
    .map((option) => `security option "${shorten(option)}"`);
  if (host.MaskedPaths) loosened.push("MaskedPaths");
  if (host.ReadonlyPaths) loosened.push("ReadonlyPaths");
  for (const name of Object.keys(host.Annotations ?? {})) loosened.push(`annotation "${name}"`);
  return loosened;
}

/** A profile's whole text has no place in a message. */
function shorten(option: string): string {
  return option.length > 60 ? `${option.slice(0, 60)}…` : option;
}

function isTightening(option: string): boolean {
  return /^(?:no-new-privileges(?:[=:]true)?|apparmor[=:]docker-default|writable-cgroups[=:]false)$/.test(option);
}

/** Only a number tells: a name, or none at all, is looked up in the image, which the task brings along. */
function findRoot(user: string | undefined, host: HostConfig): Breach[] {
  const rule = "root_user: deny";
  const breaches: Breach[] = [];
  if (!/^0*[1-9]\d*(?::|$)/.test(user ?? "")) {
    const found = user ? `user "${user}"` : "the image's user";
    breaches.push({ what: `${found}, expected the number of one that is not root`, rule });
  }
  if ((host.SecurityOpt ?? []).some((option) => /^no-new-privileges[=:](?!true$)/.test(option))) {
    breaches.push({ what: "new privileges by setuid programs", rule });
  }
  return breaches;
}
