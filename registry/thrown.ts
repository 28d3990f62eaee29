/** What something thrown tells people. A host of several addresses fails with an error of each, and no text of its own. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === "") return thrown.errors.map(messageOf).join("; ");
  return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
}
