import type { Engine, EventsOptions } from "../engine.ts";
import type { EngineEvent } from "../engine_documents.ts";
import type { EngineConnection } from "../http/connection.ts";
import { decodeJsonLines } from "../json_lines.ts";
import { readEvent } from "./documents.ts";
import { toSeconds } from "./query.ts";

/** The call that tells what happens at the daemon. */
export function createEventCalls(connection: EngineConnection): Pick<Engine, "events"> {
  return { events: (options) => readEvents(connection, options) };
}

async function* readEvents(
  connection: EngineConnection,
  options: EventsOptions = {},
): AsyncGenerator<EngineEvent, void, undefined> {
  const { filters, sinceMs, untilMs } = options;
  using exchange = await connection.open(
    {
      action: "follow the events of",
      subject: connection.addressText,
      method: "GET",
      path: "/events",
      query: {
        ...(filters === undefined ? {} : { filters: JSON.stringify(filters) }),
        ...(sinceMs === undefined ? {} : { since: toSeconds(sinceMs) }),
        ...(untilMs === undefined ? {} : { until: toSeconds(untilMs) }),
      },
      deadlineMs: connection.deadlines.callMs,
    },
    options,
  );
  exchange.guard.stopDeadline();
  try {
    for await (const value of decodeJsonLines(exchange.chunks())) yield readEvent(value);
  } catch (cause) {
    throw cause instanceof SyntaxError ? exchange.fault(cause.message, cause) : exchange.toError(cause);
  }
  if (untilMs !== undefined) return;
  throw exchange.fault("the Docker daemon ended them");
}
