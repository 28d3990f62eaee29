/**
 * Why an agent could not be talked to.
 *
 * - `unreachable`: no connection, or it broke
 * - `recovering`: the agent answers, and is not ready yet (404 before its routes exist, 503, other 5xx)
 * - `refused`: the agent says that this executor or its call is wrong (400, 401, 403 …); trying again cannot help
 * - `protocol`: what came over the stream was no event stream
 */
export type AgentErrorCode = "unreachable" | "recovering" | "refused" | "protocol";

/** A failed conversation with the agent. */
export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly code: AgentErrorCode;
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined;

  constructor(code: AgentErrorCode, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status;
  }

  /** Whether the same call may succeed later. */
  get retryable(): boolean {
    return this.code !== "refused";
  }
}

/** The error that a status other than 200 and 202 means (contract A.4). */
export function toStatusError(action: string, status: number, body: string): AgentError {
  const code = status === 404 || status >= 500 ? "recovering" : "refused";
  const said = body.trim() === "" ? "" : ` (${body.trim()})`;
  return new AgentError(code, `Cannot ${action}: the agent answered ${status}${said}`, { status });
}
