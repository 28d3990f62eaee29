import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";
import type { DockerBench } from "./cases.ts";
import { type CommandResult, RunningCommand } from "./command.ts";
import { findContainers, findProcesses, removeContainers } from "./leftovers.ts";

/** How `run` is called. */
export interface RunOptions {
  flags?: readonly string[];
  /** A line for the container's shell. */
  shell: string;
  image?: string;
  /** Words that start the program; the compiled one unless given. */
  program?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/**
 * `mesos-docker run` as a user calls it, with a name and a temporary directory of the test's own. Closing it fails when
 * a container, a process or a file is left.
 */
export async function openRunBench(docker: DockerBench): Promise<RunBench> {
  return new RunBench(docker, await openFixture());
}

/** Everything that one test runs. */
export class RunBench implements AsyncDisposable {
  /** Name of the tasks, without their numbers. */
  readonly name = `run-${randomUUID().slice(0, 8)}`;
  readonly #docker: DockerBench;
  readonly #temporary: Fixture;
  readonly #started: RunningCommand[] = [];

  constructor(docker: DockerBench, temporary: Fixture) {
    this.#docker = docker;
    this.#temporary = temporary;
  }

  /** Starts `run`. */
  start(options: RunOptions): RunningCommand {
    const { flags = [], shell, image = this.#docker.image, program = [this.#docker.binary], env } = options;
    const words = [...program, "run", "--name", this.name, ...flags, image, "--", "sh", "-c", shell];
    const command = new RunningCommand(words, { env: { ...env, TMPDIR: this.#temporary.path } });
    this.#started.push(command);
    return command;
  }

  /** Runs it to its end. */
  run(options: RunOptions): Promise<CommandResult> {
    return this.start(options).result;
  }

  /** Forgets what a run that was killed could not remove itself. */
  removeTemporaryFiles(): void {
    for (const name of this.#temporaryFiles) rmSync(`${this.#temporary.path}/${name}`, { recursive: true });
  }

  /** What there is of the tasks now. */
  async leftovers(): Promise<{ containers: number; processes: number }> {
    const containers = await findContainers(this.#docker.engine, this.#isOurs);
    return { containers: containers.length, processes: findProcesses(`${this.#temporary.path}/`).length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A run that a failed test did not end.
    await Promise.all(this.#started.map((command) => command[Symbol.asyncDispose]()));
    try {
      const processes = findProcesses(`${this.#temporary.path}/`).map((pid) => `process ${pid}`);
      const containers = await findContainers(this.#docker.engine, this.#isOurs);
      const left = [
        ...processes,
        ...(await removeContainers(this.#docker.engine, containers)),
        ...this.#temporaryFiles,
      ];
      assert.deepEqual(left, [], "nothing is left of the runs");
    } finally {
      // On this thread: see test_cluster.ts.
      rmSync(this.#temporary.path, { recursive: true, force: true });
    }
  }

  get #temporaryFiles(): string[] {
    return readdirSync(this.#temporary.path);
  }

  readonly #isOurs = (labels: Readonly<Record<string, string>>) =>
    labels["mesos-docker.task"]?.startsWith(`${this.name}.`) ?? false;
}
