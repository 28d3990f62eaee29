import process from "node:process";
import { type Engine, openEngine, toPatientEngine } from "../docker/mod.ts";
import { toAgentAddress } from "../mesos/agent_address.ts";
import { openTlsTransport } from "../mesos/agent_request.ts";
import { readAgentTls } from "../mesos/agent_tls.ts";
import { readExecutorEnvironment, type Variables } from "../mesos/environment.ts";
import { ExecutorConnection } from "../mesos/executor_connection.ts";
import { HttpAgent } from "../mesos/http_agent.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { writeToStderr } from "../runtime/log_lines.ts";
import { onOtherSignal, onTermination } from "../runtime/termination.ts";
import type { DeskParts } from "./desk/host_desk.ts";
import { readEngineAddress } from "./engine_settings.ts";
import { ExecutorLoop } from "./loop.ts";
import { readSettings } from "./settings.ts";
import type { TaskView } from "./task_view.ts";

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
  const settings = readSettings(options.variables);
  const clock = systemClock;
  const { log } = options;
  await using daemon = openEngine(readEngineAddress(options.variables), { clock, log });
  const engine = toPatientEngine(daemon, { clock, log, patienceMs: settings.daemonPatienceMs });
  const address = toAgentAddress(environment);
  // A domain socket is never spoken to by TLS (contract A.3).
  const tls = address.kind === "tcp" ? readAgentTls(options.variables) : undefined;
  const transport = tls ? { transport: await openTlsTransport(tls) } : {};
  using agent = new HttpAgent(address, {
    clock,
    ...(environment.token === undefined ? {} : { token: environment.token }),
    ...transport,
  });
  const openDesk = shared(async () => {
    const { openHostDesk } = await import("./desk/host_desk.ts");
    const { variables, argv } = options;
    return await openHostDesk({
      engine,
      environment,
      settings,
      variables,
      ...transport,
      argv,
      clock,
      log,
      explain: (text) => writeToStderr(`${text}\n`),
    });
  });
  const loop = new ExecutorLoop({
    agent: new ExecutorConnection(agent, environment, { clock, log }),
    engine,
    clock,
    log,
    shutdownGraceMs: environment.shutdownGraceMs,
    openDesk,
  });
  using _others = onOtherSignal((signal) => loop.signalTasks(signal));
  using _signals = onTermination((signal, count) => {
    log.warn("asked to end", { signal });
    loop.end(count === 1 ? "graceful" : "immediate");
  });
  using _strays = onStrayError((error) => loop.fail(error));
  using _ready = makeReady([() => daemon.version(), openDesk], { clock, log });
  using _reaping = settings.reap === "on" ? reapLater(daemon, { clock, log }) : undefined;
  await using _publication = publishLater(loop.view, { environment, settings, clock, log });
  const exitCode = await loop.run();
  return exitCode === 0 && settings.exitCode === "container" ? (loop.lastExitStatus ?? exitCode) : exitCode;
}

/** Work that is done once, whoever asks for it first. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

/**
 * Has what the first task would wait for loaded while the agent answers SUBSCRIBE: docker-modem and the daemon's version,
 * and all that reads tasks. A daemon that is away is no fault before somebody needs it, and is then asked again.
 */
function makeReady(works: readonly (() => Promise<unknown>)[], options: { clock: Clock; log: Log }): Disposable {
  // Not at once: SUBSCRIBE is on its way when the timers' turn comes.
  const timer = options.clock.schedule(0, () => {
    for (const work of works) {
      work().catch((error: unknown) => options.log.debug("not ready for tasks yet", { error: String(error) }));
    }
  });
  return { [Symbol.dispose]: () => timer.cancel() };
}

/** Has what tasks use published when the settings want it; for those who do not, nothing of it is loaded. */
function publishLater(
  view: TaskView,
  { environment, settings, clock, log }: Pick<DeskParts, "environment" | "settings" | "clock" | "log">,
): AsyncDisposable {
  const { statisticsMs: intervalMs, metrics } = settings;
  let opening: Promise<AsyncDisposable | undefined> | undefined;
  const open = async () => {
    const { openPublication } = await import("./statistics/publication.ts");
    const { sandbox } = environment;
    const wanted = { ...(intervalMs === undefined ? {} : { intervalMs }), ...(metrics ? { metrics } : {}) };
    return await openPublication({ view, ...wanted, sandbox, clock, log });
  };
  const start = () => {
    opening = open().catch((error: unknown) => {
      log.error("what tasks use is not published", { error: String(error) });
      return undefined;
    });
  };
  const timer = intervalMs === undefined && !metrics ? undefined : clock.schedule(0, start);
  return {
    [Symbol.asyncDispose]: async () => {
      timer?.cancel();
      await (await opening)?.[Symbol.asyncDispose]();
    },
  };
}

/** Not before the first task has had its turn at the daemon. */
const reapDelayMs = 5000;

/** Looks once for containers whose executor is gone: every executor of a host tidies up for those that could not. */
function reapLater(engine: Engine, { clock, log }: { clock: Clock; log: Log }): Disposable {
  const reap = async () => {
    const { reapOrphans } = await import("./reaping/reaper.ts");
    for (const { containerId, taskId, why } of await reapOrphans(engine, { log, mode: "remove" })) {
      log.warn("container of another executor removed", { container: containerId, task: taskId, why });
    }
  };
  const timer = clock.schedule(reapDelayMs, () => {
    reap().catch((error: unknown) =>
      log.debug("cannot look for containers without executor", { error: String(error) }),
    );
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
