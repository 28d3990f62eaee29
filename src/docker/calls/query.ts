/** Truth values of a query: only the true ones are sent. */
export function flags(values: Readonly<Record<string, boolean | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, isSet]) => (isSet ? [[name, "1"]] : [])));
}

/** A moment as the Engine API takes it: seconds since the epoch, with a fraction of nine digits. */
export function toSeconds(timeMs: number): string {
  const nanoseconds = Math.floor((timeMs % 1000) * 1e6);
  return `${Math.floor(timeMs / 1000)}.${String(nanoseconds).padStart(9, "0")}`;
}
