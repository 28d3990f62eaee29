import { runExecutor } from "../executor/start.ts";
import type { Variables } from "../mesos/environment.ts";
import { eraseVariable } from "../runtime/initial_environment.ts";
import type { Log } from "../runtime/log.ts";

const tokenVariable = "MESOS_EXECUTOR_AUTHENTICATION_TOKEN";

/** The executor: `[IMAGE] [ARG…]` are for tasks that do not say themselves what to run. */
export function startExecutor(argv: readonly string[], variables: Variables, log: Log): Promise<number> {
  const taken = { ...variables };
  if (taken[tokenVariable] !== undefined) eraseToken(log);
  return runExecutor({ variables: taken, argv, log });
}

/** The token is read once, and must not be seen by any child, nor by other processes of this user (contract, case 2). */
function eraseToken(log: Log): void {
  try {
    eraseVariable(tokenVariable);
  } catch (error) {
    log.warn("the agent's token stays readable in /proc for this user", { error: String(error) });
  }
}
