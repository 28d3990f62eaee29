import type { CallOptions, ContainerSize, Engine, TerminalSize } from "../engine.ts";
import { EngineError } from "../engine_error.ts";
import { cannot } from "../http/call_guard.ts";
import type { EngineConnection } from "../http/connection.ts";
import { containerCall } from "../http/engine_call.ts";
import { numberOf, toObject } from "../json_value.ts";
import { flags } from "./query.ts";

/** The calls about sizes: of a container's terminal, and of what it has written. */
export function createSizeCalls(connection: EngineConnection): Pick<Engine, "resizeTty" | "containerSize"> {
  return {
    resizeTty: (container, size, options) => resizeTty(connection, container, { ...options, size }),
    containerSize: (container, options) => containerSize(connection, container, options),
  };
}

async function resizeTty(
  connection: EngineConnection,
  container: string,
  options: CallOptions & { size: TerminalSize },
): Promise<void> {
  const { rows, columns } = options.size;
  for (const count of [rows, columns]) {
    if (Number.isInteger(count) && count >= 0) continue;
    throw new RangeError(`Cannot resize the terminal of container "${container}": ${count} is no number of characters`);
  }
  await connection.status(
    containerCall("resize the terminal of container", container, {
      method: "POST",
      operation: "resize",
      query: { h: String(rows), w: String(columns) },
      deadlineMs: connection.deadlines.callMs,
    }),
    options,
  );
}

async function containerSize(
  connection: EngineConnection,
  container: string,
  options: CallOptions | undefined,
): Promise<ContainerSize | undefined> {
  const call = containerCall("measure container", container, {
    method: "GET",
    operation: "json",
    query: flags({ size: true }),
    accept: [404],
    // The daemon looks at every file that the container has written.
    deadlineMs: connection.deadlines.changeMs,
  });
  using exchange = await connection.open(call, options);
  if (exchange.status === 404) return undefined;
  const writableBytes = await exchange.document((value) => numberOf(toObject(value), "SizeRw"));
  // Storage drivers that cannot tell leave it out, or say -1.
  if (writableBytes === undefined || writableBytes < 0) {
    throw new EngineError(
      "unsupported",
      `${cannot(call)}: the storage driver of the Docker daemon does not tell its size`,
    );
  }
  return { writableBytes };
}
