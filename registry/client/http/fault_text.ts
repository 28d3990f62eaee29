/** What an error says. A host of several addresses fails with an error of each, and no text of its own. */
export function textOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === "") return cause.errors.map(textOf).join("; ");
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
