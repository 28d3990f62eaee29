import type { CallOptions, ContainerOutput, Engine, ExecRequest } from "../engine.ts";
import type { ExecInspect } from "../engine_documents.ts";
import type { EngineConnection } from "../http/connection.ts";
import { type CallAbout, containerCall, type EngineCall, requireName } from "../http/engine_call.ts";
import { flagOf, numberOf, requiredTextOf, toObject } from "../json_value.ts";
import { readOutput } from "./output.ts";

/** The calls about commands that are run in a container beside its own. */
export function createExecCalls(connection: EngineConnection): Pick<Engine, "createExec" | "openExec" | "inspectExec"> {
  return {
    createExec: (container, request, options) => createExec(connection, container, request, options),
    openExec: (exec, options) => openExec(connection, exec, options),
    inspectExec: (exec, options) => inspectExec(connection, exec, options),
  };
}

async function createExec(
  connection: EngineConnection,
  container: string,
  { argv, env = [], user }: ExecRequest,
  options: CallOptions | undefined,
): Promise<string> {
  const call = containerCall("prepare a command in container", container, {
    method: "POST",
    operation: "exec",
    body: {
      kind: "json",
      value: {
        AttachStdin: false,
        AttachStdout: true,
        AttachStderr: true,
        Tty: false,
        Cmd: argv,
        ...(env.length === 0 ? {} : { Env: env }),
        ...(user === undefined ? {} : { User: user }),
      },
    },
    ...(env.length === 0 ? {} : { needs: { apiVersion: "1.25", what: "a command with variables" } }),
    deadlineMs: connection.deadlines.callMs,
  });
  return await connection.document(call, options, (value) => requiredTextOf(toObject(value), "Id"));
}

/** Without an offer to upgrade the daemon answers with a body that ends when the command does. */
async function openExec(connection: EngineConnection, exec: string, options?: CallOptions): Promise<ContainerOutput> {
  const call = execCall("run command", exec, {
    method: "POST",
    operation: "start",
    body: { kind: "json", value: { Detach: false, Tty: false } },
    deadlineMs: connection.deadlines.callMs,
  });
  const exchange = await connection.open(call, options);
  exchange.guard.stopDeadline();
  const frames = readOutput(exchange, "framed");
  return {
    [Symbol.asyncIterator]: () => frames,
    [Symbol.asyncDispose]: async () => exchange[Symbol.dispose](),
  };
}

async function inspectExec(
  connection: EngineConnection,
  exec: string,
  options: CallOptions | undefined,
): Promise<ExecInspect | undefined> {
  const call = execCall("inspect command", exec, {
    method: "GET",
    operation: "json",
    accept: [404],
    deadlineMs: connection.deadlines.callMs,
  });
  using exchange = await connection.open(call, options);
  return exchange.status === 404 ? undefined : await exchange.document(readExec);
}

/** The exit code is null as long as the command has not ended; daemons before 1.25 say 0, and pids are not theirs. */
function readExec(value: unknown): ExecInspect {
  const exec = toObject(value);
  const running = flagOf(exec, "Running") ?? false;
  const exitCode = running ? undefined : numberOf(exec, "ExitCode");
  return {
    Running: running,
    Pid: numberOf(exec, "Pid") ?? 0,
    ...(exitCode === undefined ? {} : { ExitCode: exitCode }),
  };
}

function execCall(
  action: string,
  exec: string,
  { operation, ...about }: CallAbout & { operation: string },
): EngineCall {
  const call = { action, subject: exec };
  requireName(call);
  return { ...call, path: `/exec/${encodeURIComponent(exec)}/${operation}`, ...about };
}
