import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";

/** How a process ended: its code, or the signal that ended it. */
export type CommandEnd = number | string;

/** What a command wrote and how it ended. */
export interface CommandResult {
  end: CommandEnd;
  stdout: string;
  stderr: string;
}

/** How a command is started. */
export interface CommandOptions {
  /** Beside PATH and DOCKER_HOST, which are the tests' own; nothing else of theirs is handed on. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
}

/** A program that a test has started, leader of a process group of its own as under a shell. Disposing of it ends the group. */
export class RunningCommand implements AsyncDisposable {
  readonly pid: number;
  readonly result: Promise<CommandResult>;
  readonly #child: ChildProcess;
  #stdout = "";
  #stderr = "";

  constructor(words: readonly string[], options: CommandOptions = {}) {
    const [program = "", ...args] = words;
    const { PATH, DOCKER_HOST } = process.env;
    const env = Object.entries({ PATH, DOCKER_HOST, ...options.env }).filter(([, value]) => value !== undefined);
    this.#child = spawn(program, args, {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: Object.fromEntries(env),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    this.pid = this.#child.pid ?? 0;
    this.#child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#stdout += chunk;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#stderr += chunk;
    });
    this.result = this.#finish();
  }

  /** What it has written so far. */
  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal to its process group, as a terminal does with Ctrl-C. Not child.kill(): Deno's sends only one. */
  interrupt(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  /** Stops reading what it writes, as the end of a pipe does when its process ends. */
  closePipes(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isRunning || this.#child.pid === undefined) return;
    this.interrupt("SIGKILL");
    // Whoever has left its group may hold them.
    this.closePipes();
    await this.result;
  }

  #finish(): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) =>
        resolve({ end: signal ?? code ?? -1, stdout: this.#stdout, stderr: this.#stderr }),
      );
    });
  }
}

/** Runs a command to its end. */
export function runCommand(words: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new RunningCommand(words, options).result;
}

/** What a command wrote as objects of which there is one a line. */
export function readJsonLines<T>(text: string): T[] {
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}
