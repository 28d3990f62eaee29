import type { InventoryImage } from "../images/inventory/inventory.ts";
import { joinWarmed, type WarmedImage } from "../images/inventory/warmed_image.ts";
import { describePin, toPinJson } from "../images/pins/pin.ts";
import { toByteText } from "../notation/byte_text.ts";

/** What an image is called: its names, else those with a digest, else its id. */
export function toImageTitle({ names, digests, id }: InventoryImage): string {
  const called = names.length > 0 ? names : digests;
  return called.length > 0 ? called.join(", ") : id;
}

/** What a warmed image is called; where several sets want it, with their files. */
export function toWarmedTitle({ reference, sets }: WarmedImage): string {
  return sets.length > 1 ? `${reference} (${sets.join(", ")})` : reference;
}

/** An image as `--json` tells it. */
export function toImageJson(image: InventoryImage): object {
  const { id, names, digests, sizeBytes, uniqueBytes, certainty, users, pins, leases, warm, origin } = image;
  return {
    id,
    names,
    digests,
    sizeBytes,
    uniqueBytes,
    certainty,
    users,
    pins: pins.map(toPinJson),
    leases: leases.map(({ purpose, owner }) => ({ purpose, pid: owner.pid })),
    warm: joinWarmed(warm).map(({ reference, warmedAtMs, protectedUntilMs, sets }) => ({
      reference,
      sets,
      warmedAt: toTime(warmedAtMs),
      ...(protectedUntilMs === undefined ? {} : { protectedUntil: toTime(protectedUntilMs) }),
    })),
    origin,
    arrived: toTime(image.arrivedMs),
    ...(image.lastUsedMs === undefined ? {} : { lastUsed: toTime(image.lastUsedMs) }),
  };
}

/** A row of the table: image, id, size, what it takes alone, last use, what keeps it. */
export function toImageRow(image: InventoryImage, nowMs: number): string[] {
  const { id, sizeBytes, uniqueBytes, certainty, lastUsedMs } = image;
  return [
    toImageTitle(image),
    id.replace(/^sha256:/, "").slice(0, 12),
    toByteText(sizeBytes),
    `${certainty === "exact" ? "" : "~"}${toByteText(uniqueBytes)}`,
    lastUsedMs === undefined ? "never" : toAgo(nowMs - lastUsedMs),
    describeHold(image),
  ];
}

/** Columns of equal width under a head. */
export function toTable(rows: readonly string[][]): string[] {
  const all = [["IMAGE", "ID", "SIZE", "UNIQUE", "LAST USED", "KEPT BY"], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** How long ago, in the largest unit that says something. */
export function toAgo(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  for (const [unit, length] of [
    ["days", 86_400],
    ["hours", 3600],
    ["minutes", 60],
  ] as const) {
    if (seconds >= 2 * length) return `${Math.floor(seconds / length)} ${unit} ago`;
  }
  return `${seconds} seconds ago`;
}

function describeHold({ users, leases, pins, warm, origin }: InventoryImage): string {
  return [
    ...users.map(({ name, state, taskId }) =>
      taskId === undefined ? `${name} (${state})` : `task ${taskId} (${state})`,
    ),
    ...leases.map(({ purpose }) => `lease of ${purpose}`),
    ...pins.map((pin) => `pin ${describePin(pin)}`),
    ...joinWarmed(warm).map((image) => `warm ${toWarmedTitle(image)}`),
    ...(origin === "none" ? ["only copy"] : []),
  ].join(", ");
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
