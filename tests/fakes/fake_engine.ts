import {
  type CallOptions,
  type ContainerCreate,
  type ContainerInspect,
  type ContainerOutput,
  type ContainerSize,
  type ContainerSummary,
  type ContainerWait,
  type CreatedContainer,
  type Engine,
  EngineError,
  type EngineEvent,
  type EngineInfo,
  type EngineVersion,
  type EventsOptions,
  type ExecInspect,
  type ExecRequest,
  type KillOptions,
  type ListContainersOptions,
  type LogsOptions,
  type RemoveContainerOptions,
  type StopOptions,
  type TerminalSize,
} from "../../src/docker/mod.ts";
import { type Clock, sleep, systemClock } from "../../src/runtime/clock.ts";
import { notFound, type PlannedFault, untilAborted } from "./engine_faults.ts";
import { plainInfo, plainVersion } from "./engine_specimens.ts";
import { type EngineCallRecord, type EngineMethod, FakeCalls } from "./fake_calls.ts";
import { FakeContainer } from "./fake_container.ts";
import { FakeExecs } from "./fake_exec.ts";
import { FakeImages } from "./fake_images.ts";
import { PushStream } from "./push_stream.ts";

/**
 * A Docker daemon in memory. It keeps images and containers, a test plays the containers' processes, and every call can
 * be made to fail, to hang or to take its time. What happened is in `calls`, what is left in `containers`.
 */
export class FakeEngine implements Engine {
  /** Commands that were prepared in containers. */
  readonly execs = new FakeExecs();
  readonly happenings = new PushStream<EngineEvent>();
  /** What happened before anybody asked. */
  readonly past: EngineEvent[] = [];
  /** What the daemon warns of when a container is created. */
  readonly warnings: string[] = [];
  readonly #clock: Clock;
  readonly #containers = new Map<string, FakeContainer>();
  readonly #made: FakeCalls;
  /** Its images; the calls about them are theirs. */
  readonly store: FakeImages;
  inspectImage: Engine["inspectImage"] = (reference, options) => this.store.inspectImage(reference, options);
  listImages: Engine["listImages"] = (options) => this.store.listImages(options);
  imageHistory: Engine["imageHistory"] = (reference, options) => this.store.imageHistory(reference, options);
  diskUsage: Engine["diskUsage"] = (options) => this.store.diskUsage(options);
  pullImage: Engine["pullImage"] = (reference, options) => this.store.pullImage(reference, options);
  loadImage: Engine["loadImage"] = () => this.store.loadImage();
  saveImage: Engine["saveImage"] = (image) => this.store.saveImage(image);
  tagImage: Engine["tagImage"] = (image, reference, options) => this.store.tagImage(image, reference, options);
  removeImage: Engine["removeImage"] = (reference, options) => this.store.removeImage(reference, options);
  readonly #onCreate: (container: FakeContainer) => void;
  #created = 0;

  /** `onCreate` dresses each new container before anybody sees it. */
  constructor(
    options: { clock?: Clock; images?: readonly string[]; onCreate?: (container: FakeContainer) => void } = {},
  ) {
    this.#clock = options.clock ?? systemClock;
    this.#made = new FakeCalls(this.#clock);
    this.store = new FakeImages(this.#made);
    this.#onCreate = options.onCreate ?? (() => undefined);
    for (const image of options.images ?? []) this.images.add(image);
  }

  /** References that the daemon has. */
  get images(): Set<string> {
    return this.store.names;
  }

  /** References that a pull finds; every other one is not found. */
  get registry(): Set<string> {
    return this.store.registry;
  }

  /** References that every archive brings, whatever is in it. */
  set archive(references: readonly string[]) {
    this.store.archive = references;
  }

  /** The next calls of this name have these faults, one each. */
  once(method: EngineMethod, ...faults: PlannedFault[]): void {
    this.#made.faults.once(method, faults);
  }

  /** All calls of this name have this fault from now on, after those planned for the next ones. */
  always(method: EngineMethod, fault: PlannedFault): void {
    this.#made.faults.always(method, fault);
  }

  /** Calls of this name are well again. */
  heal(method: EngineMethod): void {
    this.#made.faults.clear(method);
  }

  /** Calls so far, in order. */
  get calls(): EngineCallRecord[] {
    return this.#made.records;
  }

  /** Containers that exist. */
  get containers(): readonly FakeContainer[] {
    return [...this.#containers.values()];
  }

  /** The only container; throws when there is none or another. */
  get container(): FakeContainer {
    const [container, ...others] = this.containers;
    if (!container || others.length > 0)
      throw new Error(`Cannot tell the container: there are ${this.containers.length}`);
    return container;
  }

  /** Names of the calls so far. */
  get methods(): readonly EngineMethod[] {
    return this.calls.map(({ method }) => method);
  }

  /** Calls of one name so far. */
  callsOf(method: EngineMethod): readonly EngineCallRecord[] {
    return this.calls.filter((call) => call.method === method);
  }

  /** Breaks every wait and output, as the end of the daemon does. */
  breakConnections(): void {
    for (const container of this.containers) {
      container.breakCalls(new EngineError("failed", "Cannot go on: the daemon closed the connection"));
    }
  }

  async version(options?: CallOptions): Promise<EngineVersion> {
    return await this.#made.make("version", "", options, () => plainVersion);
  }

  async info(options?: CallOptions): Promise<EngineInfo> {
    return await this.#made.make("info", "", options, () => plainInfo);
  }

  async createContainer(request: ContainerCreate, options?: CallOptions): Promise<CreatedContainer> {
    return await this.#made.make("createContainer", request.name ?? "", options, () => {
      if (!this.images.has(request.body.Image)) throw notFound("create container", request.body.Image);
      if (this.#find(request.name ?? "")) {
        throw new EngineError("conflict", `Cannot create container "${request.name}": the name is taken`);
      }
      this.#created++;
      const container = new FakeContainer(`${this.#created}`.padStart(64, "c"), request);
      this.#onCreate(container);
      this.#containers.set(container.id, container);
      return { id: container.id, warnings: [...this.warnings] };
    });
  }

  async startContainer(container: string, options?: CallOptions): Promise<void> {
    await this.#made.make("startContainer", container, options, () => this.#get("start", container).start());
  }

  async openWait(container: string, options?: CallOptions): Promise<ContainerWait> {
    return await this.#made.make("openWait", container, options, () =>
      this.#get("wait for", container).openWait(this.#made.signalOf(options)),
    );
  }

  async openAttach(container: string, options?: CallOptions): Promise<ContainerOutput> {
    return await this.#made.make("openAttach", container, options, () =>
      this.#get("attach to", container).openOutput(this.#made.signalOf(options)),
    );
  }

  async openLogs(container: string, options?: LogsOptions): Promise<ContainerOutput> {
    return await this.#made.make("openLogs", container, options, () => {
      const found = this.#get("read the logs of", container);
      const output = found.openOutput(this.#made.signalOf(options), found.written);
      if (!options?.follow || found.status !== "running") found.endOutput();
      return output;
    });
  }

  async inspectContainer(container: string, options?: CallOptions): Promise<ContainerInspect | undefined> {
    return await this.#made.make("inspectContainer", container, options, () => this.#find(container)?.inspect());
  }

  async stopContainer(container: string, options: StopOptions): Promise<void> {
    const found = await this.#made.make("stopContainer", container, options, () => {
      const stopped = this.#get("stop", container);
      if (stopped.stopManner === "ends") stopped.exit(143);
      return stopped;
    });
    if (found.status === "running") await sleep(this.#clock, options.graceSeconds * 1000);
    found.exit(137);
  }

  async killContainer(container: string, options: KillOptions): Promise<void> {
    await this.#made.make("killContainer", container, options, () => {
      this.#get("kill", container).take(options.killSignal);
    });
  }

  async removeContainer(container: string, options?: RemoveContainerOptions): Promise<void> {
    await this.#made.make("removeContainer", container, options, () => {
      const found = this.#find(container);
      if (!found) return;
      if (found.status === "running" && !options?.force) {
        throw new EngineError("conflict", `Cannot remove container "${container}": it runs`);
      }
      this.#containers.delete(found.id);
      found.vanish();
    });
  }

  async createExec(container: string, request: ExecRequest, options?: CallOptions): Promise<string> {
    return await this.#made.make("createExec", container, options, () =>
      this.execs.create(this.#get("prepare a command in", container), request),
    );
  }

  async openExec(exec: string, options?: CallOptions): Promise<ContainerOutput> {
    return await this.#made.make("openExec", exec, options, () => this.execs.start(exec, this.#made.signalOf(options)));
  }

  async inspectExec(exec: string, options?: CallOptions): Promise<ExecInspect | undefined> {
    return await this.#made.make("inspectExec", exec, options, () => this.execs.find(exec)?.inspect());
  }

  async resizeTty(container: string, size: TerminalSize, options?: CallOptions): Promise<void> {
    await this.#made.make("resizeTty", container, options, () => {
      const found = this.#get("resize the terminal of", container);
      if (found.status !== "running")
        throw new EngineError("conflict", `Cannot resize "${container}": it does not run`);
      found.terminalSize = size;
    });
  }

  async containerSize(container: string, options?: CallOptions): Promise<ContainerSize | undefined> {
    return await this.#made.make("containerSize", container, options, () => {
      const found = this.#find(container);
      return found && { writableBytes: found.writableBytes };
    });
  }

  async listContainers(options: ListContainersOptions = {}): Promise<ContainerSummary[]> {
    return await this.#made.make("listContainers", "", options, () =>
      this.containers
        .filter((container) => (options.all || container.status === "running") && container.hasLabels(options.labels))
        .map((container) => container.summarize()),
    );
  }

  /** What a test puts into {@link happenings}; up to a moment, what it has put into {@link past}. */
  async *events(options?: EventsOptions): AsyncGenerator<EngineEvent, void, undefined> {
    const { sinceMs = 0, untilMs } = options ?? {};
    if (untilMs !== undefined) return yield* this.past.filter(({ timeMs }) => timeMs >= sinceMs && timeMs <= untilMs);
    const ended = untilAborted("read events", this.#made.signalOf(options));
    ended.catch(() => undefined);
    const happenings = this.happenings[Symbol.asyncIterator]();
    for (;;) {
      const { value, done } = await Promise.race([happenings.next(), ended]);
      if (done) return;
      yield value;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#made.end();
  }

  #find(container: string): FakeContainer | undefined {
    if (container === "") return undefined;
    return this.containers.find(({ id, name }) => id === container || name === container);
  }

  #get(action: string, container: string): FakeContainer {
    const found = this.#find(container);
    if (!found) throw notFound(`${action} container`, container);
    return found;
  }
}
