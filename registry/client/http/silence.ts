/** Why nothing came of a connection: nobody said anything for as long as one is waited for. */
export class Silence extends Error {
  override readonly name = "Silence";

  constructor() {
    super("no answer in time");
  }
}

/** Whether an error tells of a {@link Silence}. */
export function isSilence(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Silence;
}
