/**
 * Why an operator's policy cannot be used.
 *
 * - `missing`: the file that was named is not there
 * - `unreadable`: it is there and cannot be read
 * - `invalid`: it was read and is wrong
 */
export type PolicyErrorCode = "missing" | "unreadable" | "invalid";

/** The policy cannot be used, so no task may run: an executor that went on without it would allow what it denies. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly code: PolicyErrorCode;
  /** All that is wrong, with lines where there are any. */
  readonly faults: readonly string[];

  constructor(code: PolicyErrorCode, path: string, faults: readonly string[], options: { cause?: unknown } = {}) {
    super(`Cannot use policy "${path}": ${faults.join("; ")}`, options);
    this.code = code;
    this.faults = faults;
  }
}
