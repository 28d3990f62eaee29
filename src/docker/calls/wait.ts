import type { CallOptions, ContainerExit, ContainerWait, Engine } from "../engine.ts";
import type { EngineConnection } from "../http/connection.ts";
import { containerCall } from "../http/engine_call.ts";
import type { Exchange } from "../http/exchange.ts";
import { compareApiVersions } from "../http/negotiation.ts";
import { numberOf, textOf, toObject } from "../json_value.ts";
import { openEarlyWait } from "./early_wait.ts";

/** The first version that knows `next-exit`, and that answers when the wait is registered. */
const nextExitVersion = "1.30";

/** The call that waits for a container's end. */
export function createWaitCalls(connection: EngineConnection): Pick<Engine, "openWait"> {
  return { openWait: (container, options) => openWait(connection, container, options) };
}

/**
 * Without `next-exit` a wait that comes before the start returns at once, with status 0. The daemon sends the headers
 * of its answer when the wait is registered, and the body at the exit.
 */
async function openWait(
  connection: EngineConnection,
  container: string,
  options: CallOptions = {},
): Promise<ContainerWait> {
  const call = containerCall("wait for container", container, {
    method: "POST",
    operation: "wait",
    query: { condition: "next-exit" },
    needs: { apiVersion: nextExitVersion, what: "waiting before the start" },
    deadlineMs: connection.deadlines.callMs,
  });
  const { apiVersion } = await connection.version(options, call);
  if (compareApiVersions(apiVersion, nextExitVersion) < 0) {
    const ask = (asked: CallOptions) => askExit(connection, container, asked);
    return await openEarlyWait(connection, container, { ...options, ask });
  }
  const exchange = await connection.open(call, options);
  exchange.guard.stopDeadline();
  const exit = readExit(exchange);
  // Whoever disposes the wait need not look at how it ended.
  exit.catch(() => undefined);
  return { exit, [Symbol.asyncDispose]: async () => exchange[Symbol.dispose]() };
}

/** The wait of daemons before 1.30: the answer, headers and all, comes at the exit, at once when it does not run. */
async function askExit(connection: EngineConnection, container: string, options: CallOptions): Promise<ContainerExit> {
  const { callMs: deadlineMs } = connection.deadlines;
  const call = containerCall("wait for container", container, { method: "POST", operation: "wait", deadlineMs });
  return await readExit(await connection.open(call, options));
}

async function readExit(exchange: Exchange): Promise<ContainerExit> {
  using open = exchange;
  return await open.document((value) => {
    const answer = toObject(value);
    const statusCode = numberOf(answer, "StatusCode");
    if (statusCode === undefined) throw new SyntaxError('"StatusCode" is missing');
    const error = textOf(toObject(answer.Error, "Error"), "Message");
    return error === undefined || error === "" ? { statusCode } : { statusCode, error };
  });
}
