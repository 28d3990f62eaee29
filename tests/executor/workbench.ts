import type { OpenRequest } from "../../src/executor/container/request.ts";
import { ContainerWork, type ContainerWorkOptions } from "../../src/executor/container/work.ts";
import type { TaskOutput } from "../../src/executor/output/task_output.ts";
import type { TaskSpec } from "../../src/executor/task/task_spec.ts";
import type { TaskInput } from "../../src/executor/task/task_state.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import type { FakeContainer } from "../fakes/fake_container.ts";
import { FakeEngine } from "../fakes/fake_engine.ts";
import { openPlainRequest } from "./container/plain_request.ts";
import { RecordedOutput } from "./recorded_output.ts";
import { RecordingLog } from "./recording_log.ts";
import { createSpec } from "./task_specimen.ts";
import { until } from "./until.ts";

/** What comes before the container, and how the sandbox is measured. */
export interface WorkSurroundings {
  openRequest?: typeof openPlainRequest;
  disk?: NonNullable<ContainerWorkOptions["disk"]>;
  keep?: NonNullable<ContainerWorkOptions["keep"]>;
  watchMemory?: NonNullable<ContainerWorkOptions["watchMemory"]>;
}

/** One task's work on a fake engine, with all that comes of it. */
export class Workbench {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  readonly output = new RecordedOutput();
  /** What the work gave, in order. */
  readonly fed: TaskInput[] = [];
  /** Errors that are neither the daemon's nor the task's. */
  readonly failures: unknown[] = [];
  /** The container even when it is gone. */
  created: FakeContainer | undefined;
  readonly engine = new FakeEngine({
    clock: this.clock,
    images: ["busybox"],
    onCreate: (container) => {
      this.created = container;
    },
  });
  onFeed: () => void = () => undefined;
  openOutput: () => Promise<TaskOutput> = () => Promise.resolve(this.output);
  readonly spec: TaskSpec;
  readonly work: ContainerWork;

  /** Requests that were made for the container and not let go of. */
  openRequests = 0;

  constructor(overrides: Partial<TaskSpec> = {}, surroundings: WorkSurroundings = {}) {
    this.spec = createSpec(overrides);
    this.work = this.#createWork(surroundings);
  }

  #createWork({ openRequest = openPlainRequest, disk, keep, watchMemory }: WorkSurroundings): ContainerWork {
    const { engine, clock, log, spec } = this;
    const task = { spec, name: "task-t1-00", labels: { "mesos-docker.task": "t1" } };
    return new ContainerWork({
      engine,
      name: task.name,
      spec,
      openRequest: async (options) => this.#count(await openRequest(engine, task, options)),
      ...(disk ? { disk } : {}),
      ...(keep ? { keep } : {}),
      ...(watchMemory ? { watchMemory } : {}),
      openOutput: () => this.openOutput(),
      killGraceMs: 3000,
      clock,
      log,
      feed: (input) => {
        this.fed.push(input);
        this.onFeed();
      },
      fail: (error) => this.failures.push(error),
    });
  }

  #count(request: OpenRequest): OpenRequest {
    this.openRequests++;
    const letGo = async () => {
      this.openRequests--;
      await request[Symbol.asyncDispose]();
    };
    return { ...request, [Symbol.asyncDispose]: letGo };
  }

  prepare(): Promise<void> {
    return this.work.run({ kind: "prepare" });
  }

  /** Prepares and starts; gives the container, which runs. */
  async start(): Promise<FakeContainer> {
    await this.prepare();
    const { container } = this.engine;
    await this.work.run({ kind: "start", containerId: container.id });
    return container;
  }

  /** Waits for what is fed next, after `count` that came before. */
  async next(kind: TaskInput["kind"]): Promise<TaskInput> {
    await until(() => this.fed.some((input) => input.kind === kind), `${kind} is fed`);
    return this.fed.find((input) => input.kind === kind) as TaskInput;
  }

  /** Passes a pause that the program makes. */
  async pass(delayMs: number): Promise<void> {
    await this.clock.scheduled(delayMs);
    this.clock.advance(delayMs);
  }

  get fedKinds(): string[] {
    return this.fed.map(({ kind }) => kind);
  }
}
