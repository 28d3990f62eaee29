/**
 * Why the embedded agent did not do what it was asked.
 *
 * - `resources`: less is free, or allocated, than is asked for
 * - `ports`: a port is outside of what the agent offers, or taken
 * - `invalid`: a master would refuse this task, group or framework (contract A.13)
 * - `unsupported`: a real agent can do it and this one cannot
 * - `unknown`: no such framework, executor or task
 * - `away`: the agent is restarting or closed
 * - `address`: it cannot listen where it should
 */
export type EmbeddedAgentErrorCode = "resources" | "ports" | "invalid" | "unsupported" | "unknown" | "away" | "address";

/** A request to the embedded agent that it refused. */
export class EmbeddedAgentError extends Error {
  override readonly name = "EmbeddedAgentError";
  readonly code: EmbeddedAgentErrorCode;

  constructor(code: EmbeddedAgentErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}
