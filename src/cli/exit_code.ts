import { EnvironmentError } from "../mesos/environment.ts";
import { UsageError } from "./usage_error.ts";

/** How a command ends: 0 done, 1 failed, 2 wrong usage. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** The exit code that an error means. An environment that no agent wrote is usage: the caller can mend it. */
export function toExitCode(error: unknown): number {
  return error instanceof UsageError || error instanceof EnvironmentError ? exitCodes.usage : exitCodes.failed;
}
