import { execFile } from "node:child_process";
import { copyFile, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { formatEngineAddress, parseEngineAddress } from "../../src/docker/mod.ts";
import { sleep, systemClock } from "../../src/runtime/clock.ts";
import { readResidentMb } from "../bench/process_cost.ts";
import type { DockerBench } from "../e2e/cases.ts";
import { findProcesses } from "../e2e/leftovers.ts";
import { openTestCluster, type TestCluster } from "../e2e/test_cluster.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { seededRandom } from "../fakes/seeded_random.ts";
import { type FaultProxy, openFaultProxy } from "../faults/fault_proxy.ts";
import { startBehind } from "./agent_detour.ts";
import { AgentLedger } from "./agent_ledger.ts";
import type { SoakFigures } from "./figures.ts";
import { judgeSoak } from "./judgement.ts";
import { drawTask, type SoakTask, soakResources } from "./task_mix.ts";
import { makeTrouble } from "./troubles.ts";
import type { TaskRecord } from "./verdict.ts";

/** How a soak is made. */
export interface SoakOptions {
  bench: DockerBench;
  taskCount: number;
  /** Tasks that are under way at the same time. */
  atOnce: number;
  faults: "on" | "off";
  seed: number;
  /** No task is launched after it. */
  deadline: AbortSignal;
  tell: (line: string) => void;
  /** Folder that the executors' logs are copied into. */
  logs?: string;
}

/** Executors that the tasks share. */
const executorCount = 4;

/** A task that has not ended by then counts as hung: far more than all deadlines of a call to the daemon. */
const patienceMs = 300_000;

/** Runs a soak to its end and judges it. */
export async function runSoak(options: SoakOptions): Promise<SoakFigures> {
  await using fixture = await openFixture();
  const engineAddress = parseEngineAddress(process.env.DOCKER_HOST);
  if (engineAddress.kind === "unix") {
    const listen = { kind: "unix", path: join(fixture.path, "docker.sock") } as const;
    await using engineProxy = await openFaultProxy(listen, () => ({ kind: "unix", path: engineAddress.path }));
    const agentPlace: { port: number } = { port: 0 };
    await using agentProxy = await openFaultProxy({ kind: "tcp", host: "127.0.0.1", port: 0 }, () => ({
      kind: "tcp",
      host: "127.0.0.1",
      port: agentPlace.port,
    }));
    const ledger = new AgentLedger();
    await using cluster = await openTestCluster(options.bench, {
      checkpoint: true,
      containerizer: startBehind(agentProxy),
      observe: ledger.observe,
      executorEnvironment: { DOCKER_HOST: `unix://${listen.path}` },
    });
    agentPlace.port = cluster.agent.endpoint.port;
    const soak = new Soak(options, { cluster, ledger, engineProxy, agentProxy });
    return await soak.run();
  }
  throw new Error(`Cannot trouble "${formatEngineAddress(engineAddress)}": the daemon must be at a UNIX socket`);
}

interface SoakParts {
  cluster: TestCluster;
  ledger: AgentLedger;
  engineProxy: FaultProxy;
  agentProxy: FaultProxy;
}

/** One run of many tasks. */
class Soak {
  readonly #options: SoakOptions;
  readonly #parts: SoakParts;
  readonly #random: () => number;
  /** Executors by their place: which generation of it lives. */
  readonly #generations: number[] = Array.from({ length: executorCount }, () => 0);
  /** Launches of the keepers of these: an executor's first task has the executor's own stdout, which is not looked at. */
  readonly #keepers: Promise<void>[] = [];
  readonly #tasks: SoakTask[] = [];
  readonly #places = new Map<string, string>();
  /** Resident memory of each executor, sampled at the end of its tasks. */
  readonly #resident = new Map<string, number[]>();
  #launched = 0;

  constructor(options: SoakOptions, parts: SoakParts) {
    this.#options = options;
    this.#parts = parts;
    this.#random = seededRandom(options.seed);
  }

  async run(): Promise<SoakFigures> {
    const { cluster, ledger, engineProxy, agentProxy } = this.#parts;
    const { faults, tell, atOnce, bench } = this.#options;
    void ledger.read(cluster.agent.updates());
    const begin = systemClock.now();
    for (let place = 0; place < executorCount; place++) await this.#startKeeper(place);
    const calm = new AbortController();
    const trouble =
      faults === "off"
        ? Promise.resolve()
        : makeTrouble(
            { cluster, engineProxy, agentProxy, random: this.#random, pickExecutor: () => this.#pickExecutor(), tell },
            calm.signal,
          );
    trouble.catch((error: unknown) => tell(`trouble ended: ${error}`));
    await Promise.all(Array.from({ length: atOnce }, () => this.#work()));
    calm.abort(new Error("the tasks have ended"));
    await trouble;
    const wallMs = systemClock.now() - begin;
    await this.#endExecutors();
    const orphans = await this.#countOrphans();
    const left = (await cluster.containers()).map(({ Names, State }) => `container ${Names.join()} ${State}`);
    const processes = findProcesses(`MESOS_FRAMEWORK_ID=${cluster.frameworkId}`).map((pid) => `process ${pid}`);
    const records = await Promise.all(this.#tasks.map((task) => this.#record(task)));
    await this.#keepLogs();
    return judgeSoak({
      records,
      executors: faults === "on" ? "killed too" : "left alone",
      resident: this.#resident,
      left: [...left, ...processes],
      orphans,
      struck: [...engineProxy.struck, ...agentProxy.struck],
      wallMs,
      seed: this.#options.seed,
      daemon: (await bench.engine.version()).engineVersion,
    });
  }

  /** Takes one task after the other until there are enough. */
  async #work(): Promise<void> {
    const { taskCount, deadline, tell } = this.#options;
    while (this.#launched < taskCount && !deadline.aborted) {
      const number = this.#launched++;
      const task = drawTask(`task-${number}`, this.#random);
      const place = number % executorCount;
      await this.#runTask(task, place);
      if ((number + 1) % 100 === 0) tell(`${number + 1} tasks`);
    }
  }

  async #runTask(task: SoakTask, place: number): Promise<void> {
    const { cluster } = this.#parts;
    const { taskId, kill } = task;
    const executorId = await this.#launch(task, place);
    this.#tasks.push(task);
    this.#places.set(taskId, executorId);
    if (kill) {
      await sleep(systemClock, kill.afterMs);
      await this.#whenAgentIsThere(() => cluster.kill(taskId, kill.graceMs));
    }
    const end = await this.#endOf(task);
    if (!end) this.#options.tell(`${taskId} is hung`);
    this.#sample(executorId);
  }

  /** Gives the executor that has the task. One that ends while the agent is away cannot have it any more. */
  async #launch({ taskId, shell, kill }: SoakTask, place: number): Promise<string> {
    const { cluster, ledger } = this.#parts;
    for (;;) {
      const executorId = await this.#findExecutor(place);
      const launched = await this.#whenAgentIsThere(() => {
        if (ledger.hasExited(executorId)) return undefined;
        cluster.launch(taskId, { executorId, shell, ...soakResources, ...(kill ? { graceMs: kill.graceMs } : {}) });
        return executorId;
      });
      if (launched !== undefined) return launched;
    }
  }

  /** A KILL that was sent to a dead stream is lost (contract A.10), so frameworks repeat it. */
  async #endOf({ taskId, kill }: SoakTask): Promise<unknown> {
    const { cluster, ledger } = this.#parts;
    if (!kill) return await ledger.end(taskId, patienceMs);
    const until = systemClock.now() + patienceMs;
    for (;;) {
      const end = await ledger.end(taskId, 10_000);
      if (end || systemClock.now() > until) return end;
      await this.#whenAgentIsThere(() => cluster.kill(taskId, kill.graceMs));
    }
  }

  /** Looked at before: what a task is allocated would be lost when it is then not launched. */
  async #whenAgentIsThere<T>(act: () => T): Promise<T> {
    while (this.#parts.cluster.agent.stage !== "running") await sleep(systemClock, 100);
    return act();
  }

  /** The executor of a place; another one once it has ended. */
  async #findExecutor(place: number): Promise<string> {
    if (this.#parts.ledger.hasExited(this.#executorId(place))) {
      this.#generations[place] = (this.#generations[place] ?? 0) + 1;
      this.#keepers[place] = this.#startKeeper(place);
    }
    await this.#keepers[place];
    return this.#executorId(place);
  }

  #executorId(place: number): string {
    return `executor-${place}-${this.#generations[place]}`;
  }

  /** A task that keeps an executor alive between the others. */
  async #startKeeper(place: number): Promise<void> {
    const executorId = this.#executorId(place);
    const shell = "trap 'exit 0' TERM; while :; do sleep 1; done";
    await this.#whenAgentIsThere(() =>
      this.#parts.cluster.launch(`keeper-${executorId}`, { executorId, shell, ...soakResources }),
    );
  }

  async #endExecutors(): Promise<void> {
    const { cluster, ledger, engineProxy, agentProxy } = this.#parts;
    engineProxy.script = agentProxy.script = () => undefined;
    for (let place = 0; place < executorCount; place++) {
      const executorId = this.#executorId(place);
      if (ledger.hasExited(executorId)) continue;
      await this.#whenAgentIsThere(() => cluster.agent.shutdownExecutor(cluster.frameworkId, executorId));
    }
    const until = systemClock.now() + 60_000;
    const isAlive = () => this.#generations.some((_, place) => !ledger.hasExited(this.#executorId(place)));
    while (isAlive() && systemClock.now() < until) await sleep(systemClock, 100);
  }

  /** Containers whose executor was killed, which the reaper finds; what it leaves is a fault. */
  async #countOrphans(): Promise<number> {
    const before = (await this.#parts.cluster.containers()).length;
    if (before > 0) await promisify(execFile)(this.#options.bench.binary, ["reap"]);
    return before;
  }

  async #keepLogs(): Promise<void> {
    const { logs } = this.#options;
    if (logs === undefined) return;
    await mkdir(logs, { recursive: true });
    const executorIds = new Set(this.#places.values());
    for (const executorId of executorIds) {
      await copyFile(this.#parts.cluster.sandboxPath(executorId, "stderr"), join(logs, `${executorId}.log`));
    }
  }

  #pickExecutor(): number | undefined {
    const { ledger } = this.#parts;
    const executorId = this.#executorId(Math.floor(this.#random() * executorCount));
    return ledger.hasExited(executorId) ? undefined : this.#findPid(executorId);
  }

  /** The first status may be the agent's, which knows of no pid. */
  #findPid(executorId: string): number | undefined {
    const statuses = this.#parts.cluster.book.statuses(`keeper-${executorId}`);
    return statuses.map(({ containerStatus }) => containerStatus?.executorPid).find((pid) => pid);
  }

  #sample(executorId: string): void {
    const pid = this.#findPid(executorId);
    const residentMb = pid === undefined ? undefined : readResidentMb(pid);
    if (residentMb === undefined) return;
    const samples = this.#resident.get(executorId) ?? [];
    this.#resident.set(executorId, [...samples, residentMb]);
  }

  async #record(task: SoakTask): Promise<TaskRecord> {
    const { cluster, ledger } = this.#parts;
    const { taskId } = task;
    const path = cluster.sandboxPath(this.#places.get(taskId) ?? "", "tasks", taskId, "stdout");
    const stdoutBytes = await stat(path).then(
      ({ size }) => size,
      () => undefined,
    );
    return { task, told: ledger.told.get(taskId) ?? [], heard: ledger.heard.get(taskId) ?? [], stdoutBytes };
  }
}
