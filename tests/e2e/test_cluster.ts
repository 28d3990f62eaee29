import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { existsSync, rmSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { ContainerInspect, ContainerSummary } from "../../src/docker/mod.ts";
import {
  type EmbeddedAgent,
  type EmbeddedAgentOptions,
  type ExecutorInit,
  openEmbeddedAgent,
} from "../../src/mesos/embedded/mod.ts";
import { FrameworkInfo_Capability_Type, TaskState } from "../../src/mesos/protocol.ts";
import { readOwnUserName } from "../../src/runtime/own_user.ts";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";
import type { DockerBench } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { findContainers, findProcesses, removeContainers } from "./leftovers.ts";
import { findOwnPorts } from "./own_ports.ts";
import { ReportBook } from "./report_book.ts";
import { type TestTask, toExecutor, toTask } from "./test_task.ts";

/** What a test may ask of its cluster. */
export interface ClusterOptions extends Partial<EmbeddedAgentOptions> {
  /** Whether the framework has capability TASK_KILLING_STATE; it has unless a test says otherwise. */
  killing?: "known" | "unknown";
}

/**
 * An agent and a framework of a test's own, on the real daemon. Closing it shuts every executor down, and fails when a
 * container or a process is left.
 */
export async function openTestCluster(bench: DockerBench, options: ClusterOptions = {}): Promise<TestCluster> {
  const { killing = "known", ...agentOptions } = options;
  const folder = await openFixture();
  // An executor that runs as somebody else has to reach its sandbox.
  await chmod(folder.path, 0o755);
  const ports = await findOwnPorts(4);
  const agent = await openEmbeddedAgent({
    workDir: folder.path,
    resources: {
      cpus: 64,
      mem: 16_384,
      disk: 16_384,
      gpus: 2,
      custom: { licences: 3 },
      ports: ports.map((port) => ({ begin: port, end: port })),
    },
    ...agentOptions,
    executorEnvironment: {
      ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}),
      ...agentOptions.executorEnvironment,
    },
  });
  const frameworkId = agent.registerFramework({
    user: readOwnUserName(),
    name: "e2e",
    capabilities: killing === "known" ? [{ type: FrameworkInfo_Capability_Type.TASK_KILLING_STATE }] : [],
  });
  return new TestCluster(bench, agent, frameworkId, folder, ports);
}

/** An agent, its framework, and what both know of the tasks that a test launches. */
export class TestCluster implements AsyncDisposable {
  readonly agent: EmbeddedAgent;
  readonly frameworkId: string;
  readonly book: ReportBook;
  /** Ports of the host that tasks may have. */
  readonly ports: readonly number[];
  readonly #bench: DockerBench;
  readonly #folder: Fixture;
  readonly #executors = new Map<string, ExecutorInit>();

  constructor(
    bench: DockerBench,
    agent: EmbeddedAgent,
    frameworkId: string,
    folder: Fixture,
    ports: readonly number[],
  ) {
    this.agent = agent;
    this.frameworkId = frameworkId;
    this.book = new ReportBook(agent.updates());
    this.ports = ports;
    this.#bench = bench;
    this.#folder = folder;
  }

  /** Launches a task in an executor of its own, or in one that the task names. */
  launch(taskId: string, task: TestTask): void {
    const executorId = task.executorId ?? taskId;
    const executor = this.#executors.get(executorId) ?? toExecutor(executorId, task, this.agent, this.#bench);
    this.#executors.set(executorId, executor);
    this.agent.launch(this.frameworkId, toTask(taskId, task, { agent: this.agent, bench: this.#bench, executor }));
  }

  /** Launches a task and waits until its container runs. */
  async run(taskId: string, task: TestTask): Promise<ContainerInspect> {
    this.launch(taskId, task);
    await this.book.reach(taskId, TaskState.TASK_RUNNING);
    return await this.container(taskId);
  }

  /** Kills a task; without a grace the task's own counts. */
  kill(taskId: string, graceMs?: number): void {
    const policy = graceMs === undefined ? undefined : { gracePeriod: { nanoseconds: BigInt(graceMs) * 1_000_000n } };
    this.agent.kill(this.frameworkId, taskId, policy);
  }

  /** All containers of the framework's tasks, running or not. */
  containers(): Promise<ContainerSummary[]> {
    return findContainers(this.#bench.engine, (labels) => labels["mesos-docker.framework"] === this.frameworkId);
  }

  /** The container of a task, which must be there. */
  async container(taskId: string): Promise<ContainerInspect> {
    const summary = (await this.containers()).find(({ Labels }) => Labels["mesos-docker.task"] === taskId);
    const container = summary && (await this.#bench.engine.inspectContainer(summary.Id));
    assert.ok(container, `the container of ${taskId} is there`);
    return container;
  }

  /** The executor's process. */
  executorPid(taskId: string): number {
    const pid = this.book.statuses(taskId)[0]?.containerStatus?.executorPid;
    assert.ok(pid, `the pid of ${taskId}'s executor is known`);
    return pid;
  }

  /** A folder beside the sandboxes; whether it is there is the test's business. */
  folder(name: string): string {
    return join(this.#folder.path, name);
  }

  /** A file in the sandbox of an executor. */
  sandboxPath(executorId: string, ...names: string[]): string {
    const agentId = this.agent.agentInfo.id?.value ?? "";
    const executors = join(this.#folder.path, "slaves", agentId, "frameworks", this.frameworkId, "executors");
    return join(executors, executorId, "runs", "latest", ...names);
  }

  /** Content of a file in the sandbox of an executor. */
  async sandboxText(executorId: string, ...names: string[]): Promise<string> {
    return (await this.sandboxBytes(executorId, ...names)).toString();
  }

  /** The same for one that is no text. */
  async sandboxBytes(executorId: string, ...names: string[]): Promise<Buffer> {
    return await readFile(this.sandboxPath(executorId, ...names));
  }

  /** Puts an empty file into the sandbox of an executor, which its containers may wait for. */
  async writeSandbox(executorId: string, name: string): Promise<void> {
    await writeFile(this.sandboxPath(executorId, name), "");
  }

  /** Waits until a container has put a file into the sandbox. */
  async sandboxHolds(executorId: string, name: string): Promise<void> {
    await eventually(`"${name}" in the sandbox`, () => existsSync(this.sandboxPath(executorId, name)));
  }

  /** Waits until a file is in the sandbox and has a text. */
  async sandboxSays(executorId: string, name: string, text: RegExp): Promise<void> {
    await this.sandboxHolds(executorId, name);
    await eventually(`${text} in the sandbox's ${name}`, async () =>
      text.test(await this.sandboxText(executorId, name)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.agent[Symbol.asyncDispose]();
      const processes = findProcesses(`MESOS_FRAMEWORK_ID=${this.frameworkId}`).map((pid) => `process ${pid}`);
      const left = [...processes, ...(await removeContainers(this.#bench.engine, await this.containers()))];
      assert.deepEqual(left, [], "nothing is left of the test's tasks");
    } finally {
      // On this thread: Deno 2.9.5 closes descriptors of UNIX sockets twice, the second time perhaps another thread's.
      rmSync(this.#folder.path, { recursive: true, force: true });
    }
  }
}
