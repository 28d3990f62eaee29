import { isRegistryError } from "../../registry/registry_error.ts";
import { EnvironmentError } from "../mesos/environment.ts";
import { messageOf } from "../notation/thrown.ts";
import { UsageError } from "./usage_error.ts";

/** How a command ends: 0 done, 1 failed, 2 wrong usage, 3 content of a registry that is not what its digest promises. */
export const exitCodes = { done: 0, failed: 1, usage: 2, corrupt: 3 } as const;

/** The words of an error, and of what failed when that was tidied up after. */
export function describeError(error: unknown): string {
  if (error instanceof SuppressedError) return `${describeError(error.suppressed)}; ${describeError(error.error)}`;
  return messageOf(error);
}

/** The exit code that an error means. An environment that no agent wrote is usage: the caller can mend it. */
export function toExitCode(error: unknown): number {
  if (error instanceof SuppressedError) return toExitCode(error.suppressed);
  if (error instanceof UsageError || error instanceof EnvironmentError || isMisspelt(error)) return exitCodes.usage;
  return isRegistryError(error, "CORRUPT") ? exitCodes.corrupt : exitCodes.failed;
}

/** A name of an image that can be none. Known by its name: who parses references is no part of an executor's start. */
function isMisspelt(error: unknown): boolean {
  return error instanceof Error && error.name === "ReferenceSyntaxError";
}
