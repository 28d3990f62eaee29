/**
 * Why a task cannot be run as it was described, or could not be started.
 *
 * - `invalid`: the description contradicts itself or the offer
 * - `unsupported`: it asks for something that this executor cannot do; the message names the field
 * - `denied`: it asks for something that the operator's policy does not allow; the message names the rule
 * - `image`: the image is not there and could not be had
 * - `launch`: the daemon refused to create or start the container
 * - `lost`: the container ran, and how it ended cannot be learnt
 */
export type TaskErrorCode = "invalid" | "unsupported" | "denied" | "image" | "launch" | "lost";

/** Why a task ends other than by its container's exit. */
export class TaskError extends Error {
  override readonly name = "TaskError";
  readonly code: TaskErrorCode;

  constructor(code: TaskErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
