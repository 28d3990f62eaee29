/** Whether something failed because there is no room left on a disk, or in a quota of it. */
export function isDiskFull(caught: unknown): boolean {
  for (let error = caught, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if ("code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT")) return true;
  }
  return false;
}
