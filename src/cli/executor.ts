import process from "node:process";
import { runExecutor } from "../executor/start.ts";
import type { Variables } from "../mesos/environment.ts";
import type { Log } from "../runtime/log.ts";

/** The executor: `[IMAGE] [ARG…]` are for tasks that do not say themselves what to run. */
export function startExecutor(argv: readonly string[], variables: Variables, log: Log): Promise<number> {
  const taken = { ...variables };
  // The token is read once and must not be seen by any child (contract, case 2).
  delete process.env.MESOS_EXECUTOR_AUTHENTICATION_TOKEN;
  return runExecutor({ variables: taken, argv, log });
}
