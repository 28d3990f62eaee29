/** A file of what is known of images that cannot be read or written. The message says what to do. */
export class StateError extends Error {
  override readonly name = "StateError";
}
