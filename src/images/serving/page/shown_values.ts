import { html, type Markup } from "./markup.ts";

const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `0 bytes`, `1.5 MiB`, `230 GiB`: powers of 1024, as the sizes of flags are read. */
export function showBytes(bytes: number): string {
  let [size, unit] = [bytes, 0];
  // What would be shown as 1024 of a unit is one of the next.
  while (size >= 1023.5 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : 1;
  return `${size.toFixed(digits)} ${bytes === 1 ? "byte" : units[unit]}`;
}

const steps: readonly (readonly [name: string, ms: number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** `5 minutes ago`, with the time itself for those who ask. */
export function showTime(ms: number, nowMs: number): Markup {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}" title="${iso.replace("T", " ").slice(0, 19)} UTC">${showAge(nowMs - ms)}</time>`;
}

function showAge(ageMs: number): string {
  for (const [name, ms] of steps) {
    const count = Math.floor(ageMs / ms);
    if (count >= 1) return `${count} ${name}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}

/** `1 tag`, `2,345 tags`. */
export function showCount(count: number, name: string): string {
  return `${count.toLocaleString("en-US")} ${name}${count === 1 ? "" : "s"}`;
}

/** A part of a whole as `12 %`; nothing of nothing is no part. */
export function showPart(part: number, whole: number): string {
  return whole === 0 ? "–" : `${Math.round((part / whole) * 100)} %`;
}

/** Beginning of a digest, enough to tell it from others. */
export function shortDigest(digest: string): string {
  const colon = digest.indexOf(":");
  return digest.slice(0, colon + 13);
}
