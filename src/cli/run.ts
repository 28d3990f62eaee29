import { access, constants, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { runEmbedded } from "../cluster/embedded_run.ts";
import { readPublishedPorts } from "../cluster/published_ports.ts";
import type { RunRequest } from "../cluster/run_request.ts";
import { formatState } from "../cluster/task_end.ts";
import type { TaskStatus } from "../mesos/protocol.ts";
import { messageOf } from "../notation/thrown.ts";
import { systemClock } from "../runtime/clock.ts";
import { ownCommand } from "../runtime/own_command.ts";
import { isIgnored, onTermination, terminationSignals } from "../runtime/termination.ts";
import type { CommandContext, RunFlags } from "./command_line.ts";
import { exitCodes } from "./exit_code.ts";
import { assertUsable, toHandedVariables } from "./handed_variables.ts";
import { RunOutput } from "./run_output.ts";

/** Somebody watches, who starts the daemon or tries again. */
const usualSettings = { MESOS_DOCKER_DAEMON_PATIENCE: "0secs" };

/** `mesos-docker run`: statuses go to stderr, output goes where the container wrote it; gives the container's exit code. */
export async function run(
  image: string,
  command: readonly string[],
  flags: RunFlags,
  context: CommandContext,
): Promise<number> {
  const request = toRequest(image, command, flags);
  assertUsable(context.variables);
  if (flags.explain) return await explain(request, context);
  const stop = new AbortController();
  const stopNow = new AbortController();
  const onSignal = (signal: string, count: number) => {
    // Of a terminal that goes away, its shell tells as well: that is no second wish.
    const isFirst = count === 1 || signal === "SIGHUP";
    say(
      isFirst
        ? `${signal}: killing with a grace of ${flags.grace} s, once more kills at once`
        : `${signal}: killing at once`,
    );
    (isFirst ? stop : stopNow).abort(new Error(signal));
  };
  using _signals = onTermination(onSignal, {
    signals: isIgnored("SIGHUP") ? terminationSignals : [...terminationSignals, "SIGHUP"],
  });
  await using sandboxes = await openWorkDir(flags.workDir);
  const output = new RunOutput(flags.instances > 1 ? (instance) => `${request.name}.${instance + 1} | ` : () => "");
  return await runEmbedded(request, {
    executorCommand: ownCommand(),
    executorEnvironment: { ...usualSettings, ...toHandedVariables(context.variables) },
    workDir: sandboxes.path,
    clock: systemClock,
    log: context.log,
    stop: stop.signal,
    stopNow: stopNow.signal,
    observer: {
      status: (status) => say(describe(status)),
      output: (instance, stream, bytes) => output.write(instance, stream, bytes),
    },
  });
}

async function explain(request: RunRequest, { variables, log }: CommandContext): Promise<number> {
  const { explainRun } = await import("../cluster/explained_run.ts");
  await using sandboxes = await openWorkDir(undefined);
  const text = await explainRun(request, { workDir: sandboxes.path, variables, clock: systemClock, log });
  process.stdout.write(`${text}\n`);
  return exitCodes.done;
}

function toRequest(image: string, command: readonly string[], flags: RunFlags): RunRequest {
  return {
    name: flags.name ?? toName(image),
    image,
    command,
    cpus: flags.cpus,
    mem: flags.mem,
    instances: flags.instances,
    ports: flags.port,
    environment: flags.env,
    volumes: flags.volume,
    network: flags.network,
    parameters: flags.param,
    logs: {
      ...(flags.logSize === undefined ? {} : { maxBytes: flags.logSize }),
      ...(flags.logFiles === undefined ? {} : { maxFiles: flags.logFiles }),
    },
    ...(flags.disk === undefined ? {} : { disk: flags.disk }),
    pull: flags.pull,
    graceMs: flags.grace * 1000,
  };
}

/** Last part of an image's name: `redis` of `registry.local:5000/library/redis:7`. */
function toName(image: string): string {
  return (image.split("/").pop() ?? image).split(/[:@]/)[0] || "task";
}

function say(line: string): void {
  process.stderr.write(`mesos-docker: ${line}\n`);
}

/** One line: `redis.1: TASK_RUNNING, port 6379/tcp is 127.0.0.1:31000`. */
function describe(status: TaskStatus): string {
  const ports = readPublishedPorts(status.data).map(
    ({ containerPort, protocol, hostPort }) => `port ${containerPort}/${protocol} is 127.0.0.1:${hostPort}`,
  );
  const details = [...(status.message ? [status.message] : []), ...ports];
  return [`${status.taskId?.value}: ${formatState(status.state)}`, ...details].join(", ");
}

/** Made and tried at once, so that one that cannot be used is no failure of a task. */
async function prepareWorkDir(asked: string | undefined): Promise<string> {
  const path = resolve(asked ?? tmpdir());
  try {
    if (asked === undefined) return await mkdtemp(join(path, "mesos-docker-run-"));
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK | constants.X_OK);
    return path;
  } catch (cause) {
    const found = messageOf(cause);
    throw new Error(`Cannot use work directory "${path}": ${found}`, { cause });
  }
}

/** The directory that was asked for, or one that disappears with the run. */
async function openWorkDir(asked: string | undefined): Promise<{ path: string } & AsyncDisposable> {
  const path = await prepareWorkDir(asked);
  if (asked !== undefined) return { path, [Symbol.asyncDispose]: () => Promise.resolve() };
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, { recursive: true, force: true }).catch((error: Error) =>
        say(`work directory left behind: ${error.message}`),
      );
    },
  };
}
