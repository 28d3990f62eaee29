import { type CreatedContainer, type Engine, EngineError, isAnswerLost } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { toFault } from "../task/engine_fault.ts";
import { TaskError } from "../task/task_error.ts";
import { removeContainer } from "./removal.ts";

/**
 * Makes a container of that name and gives its id. Never aborted half way: a request that the daemon has already taken
 * would leave a container that nobody knows. Throws {@link TaskError} `launch`, and leaves nothing behind then.
 */
export async function createContainer(
  create: () => Promise<CreatedContainer>,
  options: { engine: Engine; name: string; clock: Clock; log: Log },
): Promise<string> {
  try {
    const { id, warnings } = await create();
    for (const warning of warnings) options.log.warn("the daemon warns", { warning });
    return id;
  } catch (error) {
    // An answer that was lost may stand for a container; a name that is taken stands for somebody else's.
    if (mayHaveMade(error)) await removeContainer(options, options.name);
    throw new TaskError("launch", toFault(error, "launch").message, { cause: error });
  }
}

function mayHaveMade(error: unknown): boolean {
  return !(error instanceof EngineError) || error.code === "aborted" || isAnswerLost(error);
}
