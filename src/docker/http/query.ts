/** Truth values of a query: only the true ones are sent. */
export function flags(values: Readonly<Record<string, boolean | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, isSet]) => (isSet ? [[name, "1"]] : [])));
}

/** A moment as the Engine API takes it: seconds since the epoch, with a fraction. */
export function toSeconds(timeMs: number): string {
  return (timeMs / 1000).toFixed(9);
}
