import { RegistryError, type RegistryErrorCode } from "../../registry/mod.ts";
import { describeError, exitCodes, toExitCode } from "./exit_code.ts";

/** What a line for programs says of a failure. */
export interface Failure {
  readonly error: string;
  /** What kind of failure a registry's is. */
  readonly code?: RegistryErrorCode;
}

/** What a line says of an error. */
export function toFailure(error: unknown): Failure {
  return { error: describeError(error), ...(error instanceof RegistryError ? { code: error.code } : {}) };
}

/**
 * How a command ends that has failed: with --json by a line for programs, which tells `about` what it was. Without, and for wrong usage,
 * the error is thrown on.
 */
export function endByLine(
  error: unknown,
  about: object,
  { json }: { readonly json?: boolean },
): { readonly line: string; readonly exitCode: number } {
  const exitCode = toExitCode(error);
  if (!json || exitCode === exitCodes.usage) throw error;
  return { line: JSON.stringify({ ...about, ...toFailure(error) }), exitCode };
}
