const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Bytes for people, in powers of 1000 as Docker writes them, e.g. `12.3 MB`. */
export function toByteText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[power]}`;
}
