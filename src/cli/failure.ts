import { RegistryError, type RegistryErrorCode } from "../../registry/mod.ts";

/** What a line for programs says of a failure. */
export interface Failure {
  readonly error: string;
  /** What kind of failure a registry's is. */
  readonly code?: RegistryErrorCode;
}

/** What a line says of an error. */
export function toFailure(error: unknown): Failure {
  if (error instanceof RegistryError) return { error: error.message, code: error.code };
  return { error: error instanceof Error ? error.message : String(error) };
}
