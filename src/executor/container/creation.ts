import { type CreatedContainer, type Engine, EngineError, isAnswerLost } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { toFault } from "../task/engine_fault.ts";
import { TaskError } from "../task/task_error.ts";
import { removeContainer } from "./removal.ts";

/** How many times a container is asked for whose creation was cut off, as it is when the daemon restarts. */
const createAttempts = 3;

/**
 * Makes a container of that name and gives its id. Never aborted half way: a request that the daemon has already taken
 * would leave a container that nobody knows. One that may have been made although its answer was lost is removed before
 * it is asked for again. Throws {@link TaskError} `launch`, and leaves nothing behind then.
 */
export async function createContainer(
  create: () => Promise<CreatedContainer>,
  options: { engine: Engine; name: string; clock: Clock; log: Log },
): Promise<string> {
  let cuts = 0;
  for (;;) {
    try {
      const { id, warnings } = await create();
      for (const warning of warnings) options.log.warn("the daemon warns", { warning });
      return id;
    } catch (error) {
      // An answer that was lost may stand for a container; a name that is taken stands for somebody else's, unless the
      // daemon was still busy with what it had been asked before.
      const isOwn = mayHaveMade(error) || (cuts > 0 && isTaken(error));
      if (isOwn) await removeContainer(options, options.name);
      if (!isOwn || !mayAskAgain(error) || ++cuts === createAttempts) {
        throw new TaskError("launch", toFault(error, "launch").message, { cause: error });
      }
      options.log.warn("the container is asked for again", { error: toFault(error, "launch").message });
    }
  }
}

function mayHaveMade(error: unknown): boolean {
  return !(error instanceof EngineError) || error.code === "aborted" || isAnswerLost(error);
}

/** A creation that took too long has had its time. */
function mayAskAgain(error: unknown): boolean {
  return isTaken(error) || (error instanceof EngineError && error.code === "failed");
}

function isTaken(error: unknown): boolean {
  return error instanceof EngineError && error.code === "conflict";
}
