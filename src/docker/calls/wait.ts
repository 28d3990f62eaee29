import type { CallOptions, ContainerExit, ContainerWait, Engine } from "../engine.ts";
import type { EngineConnection } from "../http/connection.ts";
import { containerCall } from "../http/engine_call.ts";
import type { Exchange } from "../http/exchange.ts";
import { numberOf, textOf, toObject } from "../json_value.ts";

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
    // The first version that knows `next-exit`, and that answers when the wait is registered.
    needs: { apiVersion: "1.30", what: "waiting before the start" },
    deadlineMs: connection.deadlines.callMs,
  });
  const exchange = await connection.open(call, options);
  exchange.guard.stopDeadline();
  const exit = readExit(exchange);
  // Whoever disposes the wait need not look at how it ended.
  exit.catch(() => undefined);
  return { exit, [Symbol.asyncDispose]: async () => exchange[Symbol.dispose]() };
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
