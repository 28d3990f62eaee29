/** Errors in errors that are looked at; nobody nests deeper, and one that is its own cause has an end. */
const deepest = 10;

/** Whether something failed because there is no room left on a disk, or in a quota of it. */
export function isDiskFull(caught: unknown): boolean {
  return isFullWithin(caught, deepest);
}

function isFullWithin(caught: unknown, depth: number): boolean {
  if (depth === 0) return false;
  if (caught instanceof AggregateError) return caught.errors.some((one) => isFullWithin(one, depth - 1));
  const { code, cause } = Object(caught) as { code?: unknown; cause?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" || (cause !== undefined && isFullWithin(cause, depth - 1));
}
