import {
  type ContainerOutput,
  EngineError,
  type ExecInspect,
  type ExecRequest,
  type OutputFrame,
} from "../../src/docker/mod.ts";
import { abortedError } from "./engine_faults.ts";
import type { FakeContainer } from "./fake_container.ts";
import { PushStream } from "./push_stream.ts";

/** A command in a container of the `FakeEngine`: a test plays it. */
export class FakeExec {
  readonly id: string;
  readonly container: FakeContainer;
  readonly request: ExecRequest;
  /** On this host once it runs; unless a test says another, one that no process has. */
  pid = 2 ** 22 + 1;
  #status: "created" | "running" | "exited" = "created";
  #exitCode = 0;
  readonly #output = new PushStream<OutputFrame>();

  constructor(id: string, container: FakeContainer, request: ExecRequest) {
    this.id = id;
    this.container = container;
    this.request = request;
  }

  get status(): "created" | "running" | "exited" {
    return this.#status;
  }

  start(signal: AbortSignal): ContainerOutput {
    this.#status = "running";
    const give = () => this.#output.break(abortedError(`run command "${this.id}"`));
    signal.addEventListener("abort", give, { once: true });
    return {
      [Symbol.asyncIterator]: () => this.#output[Symbol.asyncIterator](),
      [Symbol.asyncDispose]: async () => give(),
    };
  }

  /** It writes. */
  write(text: string): void {
    this.#output.push({ stream: "stdout", bytes: new TextEncoder().encode(text) });
  }

  /** It ends. */
  exit(exitCode: number): void {
    this.#status = "exited";
    this.#exitCode = exitCode;
    this.#output.end();
  }

  inspect(): ExecInspect {
    const running = this.#status === "running";
    return {
      Running: running,
      Pid: this.#status === "created" ? 0 : this.pid,
      ...(this.#status === "exited" ? { ExitCode: this.#exitCode } : {}),
    };
  }
}

/** All commands of a `FakeEngine`. */
export class FakeExecs {
  /** In the order in which they were prepared. */
  readonly all: FakeExec[] = [];
  /** Plays each command when it is run; without, it runs until the test ends it. */
  onStart: (exec: FakeExec) => void = () => undefined;

  /** The command that was prepared last. */
  get last(): FakeExec {
    const exec = this.all.at(-1);
    if (!exec) throw new Error("Cannot tell the last command: there was none");
    return exec;
  }

  create(container: FakeContainer, request: ExecRequest): string {
    if (container.status !== "running") {
      throw new EngineError("conflict", `Cannot prepare a command in "${container.name}": it does not run`);
    }
    const exec = new FakeExec(`exec-${this.all.length + 1}`, container, request);
    this.all.push(exec);
    return exec.id;
  }

  start(id: string, signal: AbortSignal): ContainerOutput {
    const exec = this.find(id);
    if (!exec) throw new EngineError("not_found", `Cannot run command "${id}": not found`, { status: 404 });
    const output = exec.start(signal);
    this.onStart(exec);
    return output;
  }

  find(id: string): FakeExec | undefined {
    return this.all.find((exec) => exec.id === id);
  }
}
