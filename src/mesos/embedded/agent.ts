import { randomBytes } from "node:crypto";
import { sleep, type Timer } from "../../runtime/clock.ts";
import { type AgentInfo, Event_Type, type Resource } from "../protocol.ts";
import type { AgentStage } from "./agent_stage.ts";
import { createDesk } from "./desk.ts";
import type { EmbeddedAgent } from "./embedded_agent.ts";
import { EmbeddedAgentError } from "./embedded_error.ts";
import { type EmbeddedEndpoint, toAddresses, toEndpoint } from "./endpoint.ts";
import { FrontDoor } from "./http/front_door.ts";
import { type ExecutorInit, type FrameworkInit, type KillPolicyInit, type TaskInit, toAgent } from "./messages.ts";
import { type AllocationRequest, describeResources, Ledger } from "./offers/ledger.ts";
import { type AgentSettings, type EmbeddedAgentOptions, resolveSettings } from "./options.ts";
import { type AgentReport, ReportChannel } from "./reports.ts";
import { Acknowledgements, type Withheld } from "./statuses/acknowledgements.ts";
import { Lanes } from "./statuses/lanes.ts";
import { type AgentCore, allExecutors, checkRunning, findExecutor } from "./work/core.ts";
import { destroy, shutDown } from "./work/ending.ts";
import { registerFramework } from "./work/frameworks.ts";
import { killTask } from "./work/killing.ts";
import { launchTask, launchTaskGroup } from "./work/launching.ts";
import type { ExecutorRecord } from "./work/records.ts";
import { destroyOrphans, destroyUnregistered, forgetProcess, learnEnds } from "./work/recovery.ts";

/**
 * Opens an agent that offers its resources to frameworks of this process and runs their executors on this host.
 *
 * @example
 * await using agent = await openEmbeddedAgent({ workDir, resources: { cpus: 2, mem: 1024, disk: 1024, ports: [] } });
 * const frameworkId = agent.registerFramework({ name: "try" });
 * const resources = agent.allocate({ cpus: 1, mem: 64 });
 * agent.launch(frameworkId, { name: "one", taskId: { value: "one" }, resources, executor });
 * for await (const report of agent.updates()) console.log(report);
 * @throws EmbeddedAgentError `address` when it cannot listen
 */
export async function openEmbeddedAgent(options: EmbeddedAgentOptions): Promise<EmbeddedAgent> {
  const settings = resolveSettings(options);
  let core: AgentCore | undefined;
  const desk = createDesk(() => core);
  const door = new FrontDoor(toAddresses(settings.listen), desk.api, desk.take, settings);
  await door.open();
  core = createCore(settings, toEndpoint(settings.listen, door.port));
  return new RunningAgent(core, door);
}

class RunningAgent implements EmbeddedAgent {
  readonly #core: AgentCore;
  readonly #door: FrontDoor<ExecutorRecord>;
  readonly #closed = new AbortController();
  #recovery: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(core: AgentCore, door: FrontDoor<ExecutorRecord>) {
    this.#core = core;
    this.#door = door;
  }

  get agentInfo(): AgentInfo {
    return this.#core.agentInfo;
  }

  get endpoint(): EmbeddedEndpoint {
    return this.#core.endpoint;
  }

  get stage(): AgentStage {
    return this.#core.stage;
  }

  registerFramework(info: FrameworkInit): string {
    return registerFramework(this.#core, info);
  }

  allocate(request: AllocationRequest): Resource[] {
    return this.#core.ledger.allocate(request);
  }

  decline(resources: readonly Resource[]): void {
    this.#core.ledger.decline(resources);
  }

  launch(frameworkId: string, task: TaskInit): void {
    launchTask(this.#core, frameworkId, task);
  }

  launchGroup(frameworkId: string, executor: ExecutorInit, tasks: readonly TaskInit[]): void {
    launchTaskGroup(this.#core, frameworkId, executor, tasks);
  }

  kill(frameworkId: string, taskId: string, killPolicy?: KillPolicyInit): void {
    killTask(this.#core, frameworkId, taskId, killPolicy);
  }

  shutdownExecutor(frameworkId: string, executorId: string): void {
    checkRunning(this.#core, `shut down executor "${executorId}"`);
    shutDown(this.#core, findExecutor(this.#core, frameworkId, executorId));
  }

  message(frameworkId: string, executorId: string, data: Uint8Array): void {
    checkRunning(this.#core, `send to executor "${executorId}"`);
    const { stream } = findExecutor(this.#core, frameworkId, executorId);
    if (stream?.send({ type: Event_Type.MESSAGE, message: { data } })) return;
    this.#core.settings.log.warn("message lost: executor not subscribed", { executorId });
  }

  updates(options: { signal?: AbortSignal } = {}): AsyncIterableIterator<AgentReport> {
    return this.#core.reports.open(options);
  }

  withholdAcknowledgements(isWithheld: Withheld = () => true): void {
    this.#core.acknowledgements.withhold(isWithheld);
  }

  releaseAcknowledgements(): void {
    this.#core.acknowledgements.release();
  }

  async setStage(stage: AgentStage): Promise<void> {
    this.#closed.signal.throwIfAborted();
    if (stages.indexOf(stage) < stages.indexOf(this.stage)) await this.#enter("down");
    for (const next of stages.slice(stages.indexOf(this.stage) + 1, stages.indexOf(stage) + 1)) await this.#enter(next);
  }

  async restart(durations: { downMs?: number; startingMs?: number; recoveringMs?: number } = {}): Promise<void> {
    const { clock } = this.#core.settings;
    const { downMs = 0, startingMs = 0, recoveringMs = 0 } = durations;
    for (const [stage, stayMs] of [
      ["down", downMs],
      ["starting", startingMs],
      ["recovering", recoveringMs],
    ] as const) {
      await this.setStage(stage);
      if (stayMs > 0) await sleep(clock, stayMs, { signal: this.#closed.signal });
    }
    await this.setStage("reconnecting");
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #enter(stage: AgentStage): Promise<void> {
    const core = this.#core;
    this.#reach(stage);
    if (stage === "down") {
      await this.#door.close();
      forgetProcess(core);
    }
    if (stage === "starting") await this.#door.open();
    if (stage === "recovering") destroyOrphans(core);
    if (stage === "reconnecting") this.#awaitExecutors();
    if (stage === "running") destroyUnregistered(core);
  }

  #awaitExecutors(): void {
    const { clock, reregistrationTimeoutMs } = this.#core.settings;
    learnEnds(this.#core);
    this.#recovery = clock.schedule(reregistrationTimeoutMs, () => {
      this.#reach("running");
      destroyUnregistered(this.#core);
    });
  }

  #reach(stage: AgentStage): void {
    this.#recovery?.cancel();
    this.#core.stage = stage;
    this.#core.reports.push({ kind: "stage", stage });
  }

  async #close(): Promise<void> {
    const core = this.#core;
    core.isClosing = true;
    this.#closed.abort(new EmbeddedAgentError("away", "Cannot restart: the agent is closing"));
    this.#recovery?.cancel();
    // While the agent cannot be talked to, nobody can be told anything.
    const canTell = core.stage === "running" || core.stage === "reconnecting";
    for (const executor of allExecutors(core)) {
      if (canTell) shutDown(core, executor);
      else destroy(executor);
    }
    while (core.lives.size > 0) await Promise.all(core.lives);
    learnEnds(core);
    await core.lanes.idle();
    await this.#door.close();
    core.reports.close();
  }
}

const stages: readonly AgentStage[] = ["down", "starting", "recovering", "reconnecting", "running"];

function createCore(settings: AgentSettings, endpoint: EmbeddedEndpoint): AgentCore {
  const agentInfo = toAgent({
    hostname: endpoint.host,
    id: { value: settings.agentId },
    port: endpoint.port,
    resources: describeResources(settings.resources),
  });
  return {
    ...{ settings, endpoint, agentInfo },
    ledger: new Ledger(settings.resources),
    reports: new ReportChannel(),
    lanes: new Lanes(),
    acknowledgements: new Acknowledgements(),
    ...(settings.authentication === "token" ? { secret: randomBytes(32) } : {}),
    frameworks: new Map(),
    lives: new Set(),
    unseenEnds: [],
    stage: "running",
    isClosing: false,
  };
}
