import { isUnderAgent, type Variables } from "../mesos/environment.ts";
import { createLog, type LogFormat, type LogLevel, logLevels, writeToStderr } from "../runtime/log_lines.ts";
import { probeCommand } from "../runtime/own_command.ts";
import { describeError, toExitCode } from "./exit_code.ts";
import { UsageError } from "./usage_error.ts";

/** First words that are commands; any other, under an agent, is an image (architecture, §2). */
const commands = new Set([
  "executor",
  "run",
  "reap",
  "image",
  "doctor",
  "registry",
  "version",
  "help",
  "--help",
  "-h",
  "--version",
  "-V",
]);

/**
 * Runs one command line and gives its exit code: 0 done, 1 failed, 2 wrong usage. Code of a command is loaded when that
 * command is called, so that an executor starts with nothing that only others need.
 */
export async function main(args: readonly string[], variables: Variables): Promise<number> {
  const log = (message: string) => writeToStderr(`mesos-docker: ${message}\n`);
  try {
    return await dispatch(args, variables);
  } catch (error) {
    log(describeError(error));
    if (variables.MESOS_DOCKER_LOG === "debug" && error instanceof Error) log(error.stack ?? "");
    return toExitCode(error);
  }
}

async function dispatch(args: readonly string[], variables: Variables): Promise<number> {
  const [word = "", ...rest] = args;
  if (word === probeCommand) return await (await import("./probe_network.ts")).probeNetwork(rest[0] ?? "");
  if (word === "executor" || (!commands.has(word) && isUnderAgent(variables))) {
    const { startExecutor } = await import("./executor.ts");
    return startExecutor(word === "executor" ? rest : args, variables, readLog(variables, "warn"));
  }
  const { endWithOutput } = await import("./broken_output.ts");
  endWithOutput();
  const { parseCommandLine } = await import("./command_line.ts");
  return parseCommandLine(args.length === 0 ? ["help"] : args, { variables, log: readLog(variables, "warn") });
}

/** The log as MESOS_DOCKER_LOG (a level) and MESOS_DOCKER_LOG_FORMAT (text, json) ask for it. */
function readLog(variables: Variables, fallback: LogLevel) {
  const level = variables.MESOS_DOCKER_LOG || fallback;
  const format = variables.MESOS_DOCKER_LOG_FORMAT || "text";
  if (!logLevels.some((known) => known === level)) {
    throw new UsageError(`MESOS_DOCKER_LOG is "${level}", expected one of ${logLevels.join(", ")}`);
  }
  if (format !== "text" && format !== "json") {
    throw new UsageError(`MESOS_DOCKER_LOG_FORMAT is "${format}", expected text or json`);
  }
  return createLog({ level: level as LogLevel, format: format satisfies LogFormat });
}
