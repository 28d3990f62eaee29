import type { HttpRequest } from "./transport.ts";

/** Whether a request may be done twice, and is the same then (RFC 9110, 9.2.2; contract B.8). */
export function isRepeatable({ method }: HttpRequest): boolean {
  return method !== "POST" && method !== "PATCH";
}

/**
 * Whether a request may go out again when nobody knows whether it was done. A POST without a body begins an upload or mounts a blob:
 * when it was done and its answer is lost, the worst is a session that nobody uses, which registries collect.
 */
export function mayBeLost(request: HttpRequest): boolean {
  return isRepeatable(request) || (request.method === "POST" && request.body === undefined);
}
