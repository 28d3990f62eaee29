import type {
  ContainerCreate,
  ContainerEndpoint,
  ContainerExit,
  ContainerHealth,
  ContainerInspect,
  ContainerLogConfig,
  ContainerOutput,
  ContainerSummary,
  ContainerWait,
  EngineError,
  OutputFrame,
  TerminalSize,
} from "../../src/docker/mod.ts";
import { abortedError } from "./engine_faults.ts";
import { PushStream } from "./push_stream.ts";

/** What a fake container's process does when it is asked to stop. */
export type StopManner = "ends" | "ignores";

/** A container of the {@link FakeEngine}: a test plays its process. */
export class FakeContainer {
  readonly id: string;
  readonly name: string;
  readonly request: ContainerCreate;
  /** All that its process wrote. */
  readonly written: OutputFrame[] = [];
  networks: Record<string, Partial<ContainerEndpoint>> = {};
  stopManner: StopManner = "ends";
  /** Whether something outlives the process and holds its output open. */
  outputManner: "ends" | "outlives" = "ends";
  /** What it was told last, if anything. */
  terminalSize: TerminalSize | undefined;
  /** Bytes in its own layer. */
  writableBytes = 0;
  /** How the daemon keeps what it writes. */
  logConfig: ContainerLogConfig = { Type: "json-file", Config: {} };
  /** Id of the image that it is of. */
  imageId = `sha256:${"0".repeat(64)}`;
  /** How many times its process was started. */
  starts = 0;
  /** What its HEALTHCHECK says, if it has one. */
  health: ContainerHealth | undefined;
  /** As the daemon writes it; never unless a test says so. */
  finishedAt = "0001-01-01T00:00:00Z";
  #status: "created" | "running" | "exited" = "created";
  #exitCode = 0;
  #memory: "fine" | "killed" = "fine";
  readonly #waits = new Set<PromiseWithResolvers<ContainerExit>>();
  readonly #outputs = new Set<PushStream<OutputFrame>>();

  constructor(id: string, request: ContainerCreate) {
    this.id = id;
    this.name = request.name ?? id;
    this.request = request;
  }

  get status(): "created" | "running" | "exited" {
    return this.#status;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.request.body.Labels ?? {};
  }

  /** Whether it has all of these, `key` or `key=value`. */
  hasLabels(wanted: readonly string[] = []): boolean {
    const has = ([key = "", value]: string[]) =>
      key in this.labels && (value === undefined || this.labels[key] === value);
    return wanted.every((label) => has(label.split("=", 2)));
  }

  start(): void {
    if (this.#status === "running") return;
    this.#status = "running";
    this.starts++;
    this.#exitCode = 0;
  }

  /** Its process writes. */
  write(stream: OutputFrame["stream"], text: string | Uint8Array): void {
    const frame = { stream, bytes: typeof text === "string" ? new TextEncoder().encode(text) : text };
    this.written.push(frame);
    for (const output of this.#outputs) output.push(frame);
  }

  /** A signal: programs survive all but one, as those do that handle them. */
  take(signal: string): void {
    if (["SIGKILL", "KILL", "9"].includes(signal)) this.exit(137);
  }

  /** Its process ends, or the kernel kills it for want of memory. */
  exit(exitCode: number, memory: "fine" | "killed" = "fine"): void {
    if (this.#status !== "running") return;
    this.#status = "exited";
    this.#exitCode = exitCode;
    this.#memory = memory;
    for (const wait of this.#waits) wait.resolve({ statusCode: exitCode });
    this.#waits.clear();
    if (this.outputManner === "ends") this.endOutput();
  }

  /** Whoever held the output open lets go of it. */
  endOutput(): void {
    for (const output of this.#outputs) output.end();
    this.#outputs.clear();
  }

  /** The daemon goes away: waits and outputs break, the container may live on. */
  breakCalls(error: EngineError): void {
    for (const wait of this.#waits) wait.reject(error);
    this.#waits.clear();
    for (const output of this.#outputs) output.break(error);
    this.#outputs.clear();
  }

  /** The daemon removes it. Whoever waits for the exit of one that never started waits on: some daemons never answer. */
  vanish(): void {
    this.exit(137);
    this.endOutput();
  }

  openWait(signal: AbortSignal | undefined): ContainerWait {
    const wait = Promise.withResolvers<ContainerExit>();
    // As the real engine says: whoever disposes of the wait need not look at how it ended.
    wait.promise.catch(() => undefined);
    this.#waits.add(wait);
    const give = () => {
      this.#waits.delete(wait);
      wait.reject(abortedError(`wait for container "${this.name}"`));
    };
    signal?.addEventListener("abort", give, { once: true });
    return { exit: wait.promise, [Symbol.asyncDispose]: async () => give() };
  }

  openOutput(signal: AbortSignal | undefined, past: readonly OutputFrame[] = []): ContainerOutput {
    const output = new PushStream<OutputFrame>();
    for (const frame of past) output.push(frame);
    this.#outputs.add(output);
    const give = () => {
      this.#outputs.delete(output);
      output.break(abortedError(`attach to container "${this.name}"`));
    };
    signal?.addEventListener("abort", give, { once: true });
    return { [Symbol.asyncIterator]: () => output[Symbol.asyncIterator](), [Symbol.asyncDispose]: async () => give() };
  }

  /** How many waits and outputs somebody still holds. */
  get openCalls(): number {
    return this.#waits.size + this.#outputs.size;
  }

  inspect(): ContainerInspect {
    const { body } = this.request;
    const State = this.#inspectState();
    return {
      Id: this.id,
      Name: `/${this.name}`,
      Created: "2026-01-01T00:00:00Z",
      Image: this.imageId,
      RestartCount: 0,
      State,
      Config: {
        Image: body.Image,
        Labels: this.labels,
        Env: body.Env ?? [],
        Entrypoint: body.Entrypoint ?? [],
        Cmd: body.Cmd ?? [],
        Tty: body.Tty ?? false,
        User: body.User ?? "",
        WorkingDir: body.WorkingDir ?? "",
      },
      HostConfig: {
        NetworkMode: body.HostConfig?.NetworkMode ?? "default",
        CgroupParent: body.HostConfig?.CgroupParent ?? "",
        Memory: body.HostConfig?.Memory ?? 0,
        LogConfig: this.logConfig,
      },
      NetworkSettings: {
        Networks: Object.fromEntries(
          Object.entries(this.networks).map(([name, endpoint]) => [name, { ...noEndpoint, ...endpoint }]),
        ),
        Ports: {},
      },
      raw: { Id: this.id, Name: `/${this.name}`, State },
    };
  }

  summarize(): ContainerSummary {
    return {
      Id: this.id,
      Names: [`/${this.name}`],
      Image: this.request.body.Image,
      ImageID: this.imageId,
      Created: 1_767_225_600,
      State: this.#status,
      Status: this.#status,
      Labels: this.labels,
    };
  }

  #inspectState(): ContainerInspect["State"] {
    return {
      Status: this.#status,
      Running: this.#status === "running",
      Paused: false,
      Restarting: false,
      OOMKilled: this.#memory === "killed",
      Dead: false,
      Pid: this.#status === "running" ? 4711 : 0,
      ExitCode: this.#exitCode,
      Error: "",
      StartedAt: "2026-01-01T00:00:00Z",
      FinishedAt: this.finishedAt,
      ...(this.health ? { Health: this.health } : {}),
    };
  }
}

const noEndpoint: ContainerEndpoint = {
  NetworkID: "",
  IPAddress: "",
  GlobalIPv6Address: "",
  Gateway: "",
  MacAddress: "",
};
