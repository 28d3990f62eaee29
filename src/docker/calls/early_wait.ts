import { messageOf } from "../../notation/thrown.ts";
import { sleep } from "../../runtime/clock.ts";
import type { CallOptions, ContainerExit, ContainerWait } from "../engine.ts";
import { EngineError } from "../engine_error.ts";
import { type CallGuard, cannot } from "../http/call_guard.ts";
import type { EngineConnection } from "../http/connection.ts";
import { containerCall } from "../http/engine_call.ts";
import { inspectContainer } from "./containers.ts";

/** Reads how a container ended from the answer to a wait; `open` gives the answer. */
export type AskExit = (options: CallOptions) => Promise<ContainerExit>;

/** Between two looks at a container that has not been started, in milliseconds: mostly its start comes at once. */
const pauses = { firstMs: 25, longestMs: 400 };

/**
 * Waits for the next exit where the daemon cannot (API before 1.30): there a wait answers at once when the container
 * does not run, with the exit code that it has. So its start is looked for, and only then the daemon is asked to wait.
 * No exit is missed, however short the container lives: a start is seen by its time, which stays.
 */
export async function openEarlyWait(
  connection: EngineConnection,
  container: string,
  options: CallOptions & { ask: AskExit },
): Promise<ContainerWait> {
  const { ask, signal } = options;
  const call = containerCall("wait for container", container, { method: "POST", deadlineMs: 0 });
  const before = await inspectContainer(connection, container, options);
  if (before === undefined) {
    throw new EngineError("not_found", `${cannot(call)}: no such container`, { status: 404 });
  }
  const guard = connection.openGuard(call, { signal });
  const startedAt = before.State.Running ? undefined : before.State.StartedAt;
  const exit = followToExit(connection, container, { ask, guard, startedAt });
  // Whoever disposes the wait need not look at how it ended.
  exit.catch(() => undefined);
  return {
    exit,
    [Symbol.asyncDispose]: async () => guard.abort(new EngineError("aborted", `${cannot(call)}: given up`)),
  };
}

async function followToExit(
  connection: EngineConnection,
  container: string,
  follow: { ask: AskExit; guard: CallGuard; startedAt: string | undefined },
): Promise<ContainerExit> {
  using guard = follow.guard;
  const { signal } = guard;
  try {
    let pauseMs = pauses.firstMs;
    while (!(await hasStarted(connection, container, { signal, since: follow.startedAt }))) {
      await sleep(connection.clock, pauseMs, { signal });
      pauseMs = Math.min(2 * pauseMs, pauses.longestMs);
    }
    return await follow.ask({ signal, deadlineMs: Number.POSITIVE_INFINITY });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const found = messageOf(cause);
    const retryable = !(cause instanceof EngineError && cause.code === "not_found");
    throw new EngineError("failed", `${cannot(guard.call)}: ${found}`, { cause, retryable });
  }
}

/** Whether the container runs or has run since it was started at `since`; undefined when it ran already then. */
async function hasStarted(
  connection: EngineConnection,
  container: string,
  options: CallOptions & { since: string | undefined },
): Promise<boolean> {
  const found = await inspectContainer(connection, container, { signal: options.signal });
  if (found === undefined) throw new EngineError("not_found", "it was removed before its start");
  return found.State.Running || options.since === undefined || found.State.StartedAt !== options.since;
}
