import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AgentReport,
  type EmbeddedAgent,
  type EmbeddedAgentOptions,
  type Exchange,
  type ExecutorInit,
  type FrameworkInit,
  openEmbeddedAgent,
  type TaskInit,
} from "../../../src/mesos/embedded/mod.ts";
import { FrameworkInfo_Capability_Type } from "../../../src/mesos/protocol.ts";
import { FakeContainerizer } from "./fake_containerizer.ts";
import { RawExecutor } from "./raw_executor.ts";

/** What most tests offer. */
export const resources = { cpus: 4, mem: 4096, disk: 4096, ports: [{ begin: 31_000, end: 31_009 }] };

/** An agent with its folder, reports and framework; leaving it closes everything. */
export class Bench implements AsyncDisposable {
  readonly agent: EmbeddedAgent;
  readonly containerizer: FakeContainerizer;
  readonly frameworkId: string;
  readonly workDir: string;
  readonly exchanges: Exchange[];
  readonly #reports: AsyncIterator<AgentReport>;
  readonly #started = new Set<string>();

  constructor(
    agent: EmbeddedAgent,
    containerizer: FakeContainerizer,
    workDir: string,
    exchanges: Exchange[],
    framework: FrameworkInit,
  ) {
    this.agent = agent;
    this.containerizer = containerizer;
    this.workDir = workDir;
    this.exchanges = exchanges;
    this.#reports = agent.updates();
    this.frameworkId = agent.registerFramework(framework);
  }

  /** Launches a task of an executor; both get resources, the executor once. */
  launch(taskId: string, options: { executorId?: string; task?: TaskInit; executor?: ExecutorInit } = {}): void {
    const executorId = options.executorId ?? "ex";
    const executor = toExecutor(executorId, options.executor);
    if (!this.#started.has(executorId)) this.agent.allocate({ cpus: 0.1, mem: 32, disk: 1 });
    this.#started.add(executorId);
    const own = this.agent.allocate({ cpus: 0.1, mem: 32, disk: 1 });
    const task = { name: taskId, taskId: { value: taskId }, resources: own, executor };
    this.agent.launch(this.frameworkId, { ...task, ...(options.task as object) });
  }

  /** A client that plays an executor. */
  raw(executorId = "ex", options: { token?: string } = {}): RawExecutor {
    return new RawExecutor(this.agent.endpoint, this.frameworkId, executorId, options);
  }

  /** The next report of a kind; others are passed over. */
  async report<K extends AgentReport["kind"]>(kind: K): Promise<Extract<AgentReport, { kind: K }>> {
    for (;;) {
      const { value, done } = await this.#reports.next();
      if (done) throw new Error(`reports ended while waiting for "${kind}"`);
      if (value.kind === kind) return value as Extract<AgentReport, { kind: K }>;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Executors that are played by tests end when they are told to.
    this.containerizer.endAll();
    await this.agent[Symbol.asyncDispose]();
    await rm(this.workDir, { recursive: true, force: true });
  }
}

/** An executor's description; its resources are the same each time. */
export function toExecutor(executorId: string, extra: ExecutorInit = {}): ExecutorInit {
  const amounts = { cpus: 0.1, mem: 32, disk: 1 };
  const own = Object.entries(amounts).map(([name, value]) => ({
    ...{ name, type: 0 as const, scalar: { value } },
    allocationInfo: { role: "*" },
  }));
  const base = { executorId: { value: executorId }, resources: own, command: { value: "exec true" } };
  return { ...base, ...(extra as object) };
}

/** The framework of a bench. */
export const partitionAware: FrameworkInit = {
  name: "bench",
  user: "root",
  checkpoint: true,
  capabilities: [{ type: FrameworkInfo_Capability_Type.PARTITION_AWARE }],
};

/** Opens a bench; the test plays the executors unless it says otherwise. */
export async function openBench(
  options: Partial<EmbeddedAgentOptions> = {},
  framework: FrameworkInit = partitionAware,
): Promise<Bench> {
  const workDir = await mkdtemp(join(tmpdir(), "embedded-"));
  const containerizer = new FakeContainerizer();
  const exchanges: Exchange[] = [];
  const observe = (exchange: Exchange) => void exchanges.push(exchange);
  try {
    const agent = await openEmbeddedAgent({ workDir, resources, containerizer, observe, ...options });
    return new Bench(agent, containerizer, workDir, exchanges, framework);
  } catch (error) {
    await rm(workDir, { recursive: true, force: true });
    throw error;
  }
}

/** Lets everything run that needs no timer and no network. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
