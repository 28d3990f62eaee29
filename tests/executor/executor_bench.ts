import type { DiskMeter, TaskDesk } from "../../src/executor/desk/task_desk.ts";
import { readGroup } from "../../src/executor/groups/group_reader.ts";
import { infraImage } from "../../src/executor/groups/infra_image.ts";
import { ExecutorLoop } from "../../src/executor/loop.ts";
import type { TaskOutput } from "../../src/executor/output/task_output.ts";
import { toTaskSpec } from "../../src/executor/translation/translate.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import type { FakeContainer } from "../fakes/fake_container.ts";
import { FakeEngine } from "../fakes/fake_engine.ts";
import { openPlainRequest } from "./container/plain_request.ts";
import { FakeAgentPort } from "./fake_agent_port.ts";
import { RecordedOutput } from "./recorded_output.ts";
import { RecordingLog } from "./recording_log.ts";
import type { TaskInit } from "./task_specimen.ts";
import { createContext } from "./translation/translation_specimen.ts";
import { settled, until } from "./until.ts";

/** How a run ended. */
export type RunEnd = { kind: "code"; code: number } | { kind: "error"; error: unknown };

/** A whole executor between a fake agent and a fake engine. Its shutdown grace is 5 s, of which tasks get 3. */
export class ExecutorBench {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  readonly agent = new FakeAgentPort();
  readonly engine: FakeEngine;
  readonly outputs = new Map<string, RecordedOutput>();
  /** Order in which the outputs of tasks were opened. */
  readonly orders: [taskId: string, order: number][] = [];
  openOutput: (taskId: string) => Promise<TaskOutput> = async (taskId) => {
    const output = new RecordedOutput();
    this.outputs.set(taskId, output);
    return output;
  };
  readonly loop: ExecutorLoop;
  /** How many times what tasks need was asked for. */
  desks = 0;
  openDesk = async (): Promise<TaskDesk> => {
    this.desks++;
    return this.#desk;
  };
  /** How the disk of tasks is watched, if it is. */
  set disk(disk: DiskMeter) {
    this.#desk.disk = disk;
  }
  readonly #desk: TaskDesk = {
    resolve: (task, { executorInfo }) => {
      const name = `task-${task.taskId?.value}`;
      const spec = toTaskSpec(task, { ...createContext({ containerName: name }), executorInfo });
      return { spec, name, labels: { "mesos-docker.task": spec.taskId } };
    },
    resolveGroup: async (groupId, tasks, { executorInfo }) =>
      readGroup(tasks, {
        groupId,
        executorInfo,
        hostAddress: "10.0.0.1",
        readMember: (task) => {
          const containerName = `task-${task.taskId?.value}`;
          const group = { directory: "/sandbox" };
          const spec = toTaskSpec(task, { ...createContext({ containerName, group }), executorInfo });
          return { spec, name: containerName };
        },
        toLabels: (taskId) => ({ "mesos-docker.task": taskId }),
      }),
    openRequest: (task, options) => openPlainRequest(this.engine, task, options),
    openOutput: ({ spec }, order) => {
      this.orders.push([spec.taskId, order]);
      return this.openOutput(spec.taskId);
    },
  };
  /** Set as soon as the run has ended. */
  end: RunEnd | undefined;

  constructor(options: { subscription?: "none"; onCreate?: (container: FakeContainer) => void } = {}) {
    const { onCreate } = options;
    this.engine = new FakeEngine({ clock: this.clock, images: ["busybox"], ...(onCreate ? { onCreate } : {}) });
    this.engine.archive = [infraImage];
    this.loop = new ExecutorLoop({
      agent: this.agent,
      engine: this.engine,
      clock: this.clock,
      log: this.log,
      shutdownGraceMs: 5000,
      openDesk: () => this.openDesk(),
    });
    this.loop.run().then(
      (code) => {
        this.end = { kind: "code", code };
      },
      (error: unknown) => {
        this.end = { kind: "error", error };
      },
    );
    if (options.subscription !== "none") this.agent.subscribe();
  }

  /** Waits until the last report of a task has this state. */
  async reported(taskId: string, state: string): Promise<void> {
    await until(() => this.agent.statesOf(taskId).at(-1) === state, `${taskId} is ${state}`);
  }

  /** Launches a task and waits until it runs. */
  async run(taskId: string, init: Parameters<FakeAgentPort["launch"]>[1] = {}): Promise<FakeContainer> {
    this.agent.launch(taskId, init);
    await this.reported(taskId, "RUNNING");
    return this.containerOf(taskId);
  }

  /** Launches a group and waits until all of its tasks run. */
  async runGroup(tasks: Readonly<Record<string, TaskInit>>): Promise<void> {
    this.agent.launchGroup(tasks);
    for (const taskId of Object.keys(tasks)) await this.reported(taskId, "RUNNING");
  }

  /** The container that holds what a group shares. */
  get infra(): FakeContainer {
    const found = this.engine.containers.find(({ name }) => name.startsWith("group-"));
    if (!found) throw new Error("Cannot find the container of a group");
    return found;
  }

  containerOf(taskId: string): FakeContainer {
    const found = this.engine.containers.find(({ name }) => name === `task-${taskId}`);
    if (!found) throw new Error(`Cannot find the container of task "${taskId}"`);
    return found;
  }

  /** Waits for the end of the run. */
  async ended(): Promise<RunEnd> {
    await until(() => this.end !== undefined, "the run ends");
    await settled();
    return this.end as RunEnd;
  }

  /** Passes a pause that the program makes. */
  async pass(delayMs: number): Promise<void> {
    await this.clock.scheduled(delayMs);
    this.clock.advance(delayMs);
  }
}
