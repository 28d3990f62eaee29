/** A command line or setting that cannot be meant. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
