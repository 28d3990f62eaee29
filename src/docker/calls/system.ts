import type { Engine } from "../engine.ts";
import type { EngineConnection } from "../http/connection.ts";
import { readInfo } from "./documents.ts";

/** The calls about the daemon itself. */
export function createSystemCalls(connection: EngineConnection): Pick<Engine, "version" | "info"> {
  return {
    version: (options) => connection.version(options),
    info: (options) =>
      connection.document(
        {
          action: "ask for the state of",
          subject: connection.addressText,
          method: "GET",
          path: "/info",
          deadlineMs: connection.deadlines.callMs,
        },
        options,
        readInfo,
      ),
  };
}
