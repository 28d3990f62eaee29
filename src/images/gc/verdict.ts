import { effectiveUseMs, type ImageUser, type InventoryImage } from "../inventory/inventory.ts";
import { describePin } from "../pins/pin.ts";

/**
 * Why an image stays.
 *
 * - `used`: a container is of it, in whatever state: the daemon would refuse (409), and force is never used (J 58)
 * - `leased`: a launch has it in hand
 * - `pinned`: an operator wants it kept
 * - `warm`: it was fetched ahead of need, and its protection lasts
 * - `young`: it came here, or was used, a short time ago
 * - `only copy`: nobody knows where it can be had again
 * - `enough`: what has to be freed is freed by others, used longer ago
 * - `frees nothing`: others have all its layers
 * - `renamed`: it was given a name while it was to be removed
 */
export type KeepReason =
  | "used"
  | "leased"
  | "pinned"
  | "warm"
  | "young"
  | "only copy"
  | "enough"
  | "frees nothing"
  | "renamed";

/** Why an image stays, with what that is known by. */
export interface Keep {
  readonly reason: KeepReason;
  /** For people. */
  readonly detail: string;
}

/** What may be collected at all. */
export interface Protection {
  /** Images that came or were used since then stay. */
  readonly minAgeMs: number;
  /** Whether images go that cannot be had again. */
  readonly onlyCopies: "kept" | "removed";
}

/** Why an image may not be removed, however short space is; undefined when it may. */
export function findProtection(image: InventoryImage, protection: Protection, nowMs: number): Keep | undefined {
  const [user] = image.users;
  if (user) return { reason: "used", detail: describeUsers(user, image.users.length) };
  const lease = image.leases.find(({ kind }) => kind === "use");
  if (lease) return { reason: "leased", detail: `${lease.purpose}, process ${lease.owner.pid}` };
  const [pin] = image.pins;
  if (pin) return { reason: "pinned", detail: describePin(pin) };
  const warm = image.warm.find(({ protectedUntilMs = Number.POSITIVE_INFINITY }) => protectedUntilMs > nowMs);
  if (warm) return { reason: "warm", detail: describeWarm(warm.reference, warm.protectedUntilMs) };
  const ageMs = nowMs - effectiveUseMs(image);
  if (ageMs < protection.minAgeMs) {
    return { reason: "young", detail: `came or was used ${Math.max(0, Math.round(ageMs / 1000))} s ago` };
  }
  if (image.origin === "none" && protection.onlyCopies === "kept") {
    return { reason: "only copy", detail: "no registry is known to have it" };
  }
  return undefined;
}

function describeUsers({ name, containerId, state, taskId }: ImageUser, count: number): string {
  const task = taskId === undefined ? "" : ` of task ${taskId}`;
  const others = count === 1 ? "" : `, and ${count - 1} more`;
  return `container ${name || containerId.slice(0, 12)}${task} (${state})${others}`;
}

function describeWarm(reference: string, untilMs: number | undefined): string {
  return untilMs === undefined ? reference : `${reference} until ${new Date(untilMs).toISOString()}`;
}
