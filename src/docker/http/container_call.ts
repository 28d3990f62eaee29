import type { EngineCall } from "./connection.ts";

/** The parts that all calls about one container share. An empty name would address all of them: a TypeError. */
export function containerCall(
  action: string,
  container: string,
  rest: Pick<EngineCall, "method" | "deadlineMs"> & Partial<EngineCall> & { operation?: string },
): EngineCall {
  if (container === "") throw new TypeError(`Cannot ${action}: its name is empty`);
  const { operation, ...call } = rest;
  const path = `/containers/${encodeURIComponent(container)}${operation === undefined ? "" : `/${operation}`}`;
  return { action, subject: container, path, ...call };
}
