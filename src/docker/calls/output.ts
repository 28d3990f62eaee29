import type { AttachOptions, CallOptions, ContainerOutput, Engine, LogsOptions, OutputFrame } from "../engine.ts";
import { EngineError } from "../engine_error.ts";
import { FrameDecoder, FrameError } from "../frames.ts";
import { cannot } from "../http/call_guard.ts";
import type { EngineConnection } from "../http/connection.ts";
import type { EngineCall } from "../http/engine_call.ts";
import { containerCall } from "../http/engine_call.ts";
import type { Exchange } from "../http/exchange.ts";
import { inspectContainer } from "./containers.ts";
import { flags, toSeconds } from "./query.ts";

/** The calls that give a container's output. */
export function createOutputCalls(connection: EngineConnection): Pick<Engine, "openAttach" | "openLogs"> {
  return {
    openAttach: (container, options) => openAttach(connection, container, options),
    openLogs: (container, options) => openLogs(connection, container, options),
  };
}

/** Upgraded to a raw stream: proxies understand that, and it needs a third less CPU than a body of HTTP. */
async function openAttach(
  connection: EngineConnection,
  container: string,
  options: AttachOptions = {},
): Promise<ContainerOutput> {
  const call = containerCall("attach to container", container, {
    method: "POST",
    operation: "attach",
    query: flags({ stream: true, stdout: true, stderr: true }),
    body: { kind: "upgrade" },
    deadlineMs: connection.deadlines.callMs,
  });
  return await openOutput(connection, call, container, options);
}

async function openLogs(
  connection: EngineConnection,
  container: string,
  options: LogsOptions = {},
): Promise<ContainerOutput> {
  const { follow, sinceMs, tailLines } = options;
  const call = containerCall("read the logs of container", container, {
    method: "GET",
    operation: "logs",
    query: {
      ...flags({ stdout: true, stderr: true, follow }),
      ...(sinceMs === undefined ? {} : { since: toSeconds(sinceMs) }),
      ...(tailLines === undefined ? {} : { tail: String(tailLines) }),
    },
    deadlineMs: connection.deadlines.callMs,
  });
  return await openOutput(connection, call, container, options);
}

async function openOutput(
  connection: EngineConnection,
  call: EngineCall,
  container: string,
  options: AttachOptions,
): Promise<ContainerOutput> {
  const form = options.terminal === undefined ? await findForm(connection, call, container, options) : undefined;
  const exchange = await connection.open(call, options);
  exchange.guard.stopDeadline();
  const frames = readOutput(exchange, form ?? (options.terminal === "yes" ? "raw" : "framed"));
  return {
    [Symbol.asyncIterator]: () => frames,
    [Symbol.asyncDispose]: async () => exchange[Symbol.dispose](),
  };
}

/** Whether the output is framed is told by the container alone: the answer's content type says it from API 1.42 on. */
async function findForm(
  connection: EngineConnection,
  call: EngineCall,
  container: string,
  options: CallOptions,
): Promise<"framed" | "raw"> {
  const inspected = await inspectContainer(connection, container, options);
  if (inspected === undefined) {
    throw new EngineError("not_found", `${cannot(call)}: no such container`, { status: 404 });
  }
  return inspected.Config.Tty ? "raw" : "framed";
}

/** Output of an exchange as it comes: in Docker's frames, or raw from a terminal; ends the exchange. */
export async function* readOutput(
  exchange: Exchange,
  form: "framed" | "raw",
): AsyncGenerator<OutputFrame, void, undefined> {
  const decoder = new FrameDecoder();
  try {
    for await (const bytes of exchange.chunks()) {
      if (form === "raw") yield { stream: "stdout", bytes };
      // Not yield*, which costs twice the CPU: it awaits each frame once more.
      else for (const frame of decoder.push(bytes)) yield frame;
    }
    if (!decoder.isBetweenFrames) throw new FrameError("the output ended inside a frame");
  } catch (cause) {
    throw exchange.toError(cause);
  } finally {
    exchange[Symbol.dispose]();
  }
}
