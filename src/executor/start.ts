import { totalmem } from "node:os";
import process from "node:process";
import { type Engine, type EngineAddress, openEngine, parseEngineAddress } from "../docker/mod.ts";
import { toAgentAddress } from "../mesos/agent_address.ts";
import type { AgentInput } from "../mesos/agent_input.ts";
import { type ExecutorEnvironment, readExecutorEnvironment, type Variables } from "../mesos/environment.ts";
import { ExecutorConnection } from "../mesos/executor_connection.ts";
import { HttpAgent } from "../mesos/http_agent.ts";
import type { TaskInfo } from "../mesos/protocol.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { readProcessStart } from "../runtime/process_start.ts";
import { ignoreHangup, onTermination } from "../runtime/termination.ts";
import { createContainerName, toLabels } from "./container_identity.ts";
import { ExecutorLoop, type ResolvedTask } from "./loop.ts";
import { openTaskOutput } from "./task_output.ts";
import { toTaskSpec } from "./translation/translate.ts";

/** What an executor is started with. */
export interface ExecutorOptions {
  /** The process' environment. */
  variables: Variables;
  /** `IMAGE ARG…`, or `ARG…` for tasks that name their image. */
  argv: readonly string[];
  log: Log;
}

/**
 * Runs this process as the executor that an agent started, until its tasks have ended; gives the exit code. Throws
 * `EnvironmentError` when the agent's variables are missing or wrong.
 */
export async function runExecutor(options: ExecutorOptions): Promise<number> {
  const environment = readExecutorEnvironment(options.variables);
  const clock = systemClock;
  const { log } = options;
  await using engine = openEngine(readEngineAddress(options.variables), { clock, log });
  using agent = new HttpAgent(toAgentAddress(environment), {
    clock,
    ...(environment.token === undefined ? {} : { token: environment.token }),
  });
  const loop = new ExecutorLoop({
    agent: new ExecutorConnection(agent, environment, { clock, log }),
    engine,
    clock,
    log,
    shutdownGraceMs: environment.shutdownGraceMs,
    resolve: (task, subscription) => resolveTask(task, subscription, environment, options.argv),
    openOutput: (taskId, order) =>
      openTaskOutput(order === 0 ? { kind: "sandbox" } : { kind: "task", sandbox: environment.sandbox, taskId }, {
        log,
      }),
  });
  using _hangup = ignoreHangup();
  using _signals = onTermination((signal, count) => {
    log.warn("asked to end", { signal });
    loop.end(count === 1 ? "graceful" : "immediate");
  });
  using _strays = onStrayError((error) => loop.fail(error));
  using _ready = makeReady(engine, { clock, log });
  return await loop.run();
}

/** The daemon that DOCKER_HOST names, with the certificates that Docker's own client would take. */
function readEngineAddress(variables: Variables): EngineAddress {
  const { DOCKER_HOST: host, DOCKER_TLS_VERIFY: verify, DOCKER_CERT_PATH: certPath } = variables;
  return parseEngineAddress(host || undefined, { verify, certPath });
}

/**
 * Has docker-modem loaded and the daemon's version asked for while the agent answers SUBSCRIBE: the first task would wait
 * for both. A daemon that is away is no fault before somebody needs it, and is then asked again.
 */
function makeReady(engine: Engine, options: { clock: Clock; log: Log }): Disposable {
  // Not at once: SUBSCRIBE is on its way when the timers' turn comes.
  const timer = options.clock.schedule(0, () => {
    engine.version().catch((error: unknown) => options.log.debug("the daemon is not ready", { error: String(error) }));
  });
  return { [Symbol.dispose]: () => timer.cancel() };
}

/** Bun and Deno tell of rejections that nobody handles by an event of their own, and end the process without it. */
function onStrayError(listener: (error: unknown) => void): Disposable {
  process.on("uncaughtException", listener);
  process.on("unhandledRejection", listener);
  return {
    [Symbol.dispose]: () => {
      process.off("uncaughtException", listener);
      process.off("unhandledRejection", listener);
    },
  };
}

function resolveTask(
  task: TaskInfo,
  subscription: AgentInput & { kind: "subscribed" },
  environment: ExecutorEnvironment,
  argv: readonly string[],
): ResolvedTask {
  const taskId = task.taskId?.value ?? "";
  const name = createContainerName(taskId);
  const spec = toTaskSpec(task, {
    executorInfo: subscription.executorInfo,
    argv,
    directory: environment.directory,
    hostMemoryBytes: totalmem(),
    containerName: name,
  });
  const labels = toLabels(
    {
      frameworkId: environment.frameworkId,
      executorId: environment.executorId,
      agentId: environment.agentId,
      containerId: subscription.containerId ?? "",
      pid: process.pid,
      startTime: readProcessStart(process.pid) ?? "",
    },
    taskId,
  );
  return { spec, name, labels };
}
