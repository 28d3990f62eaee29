import type { Container, ContainerExit, Containerizer, ContainerSpec } from "../../../src/mesos/embedded/mod.ts";

/** A container that lives until the test, or a destroy, ends it. */
export class FakeContainer implements Container {
  readonly spec: ContainerSpec;
  readonly pid = 4590;
  readonly exited: Promise<ContainerExit>;
  readonly #exit: (exit: ContainerExit) => void;

  constructor(spec: ContainerSpec) {
    this.spec = spec;
    const { promise, resolve } = Promise.withResolvers<ContainerExit>();
    this.exited = promise;
    this.#exit = resolve;
  }

  destroy(): void {
    this.#exit({ kind: "signal", signal: "SIGKILL" });
  }

  exit(code: number): void {
    this.#exit({ kind: "code", code });
  }
}

/** Starts nothing; the test plays the executors. */
export class FakeContainerizer implements Containerizer {
  readonly containers: FakeContainer[] = [];
  #launched: (() => void)[] = [];
  #isOver = false;
  /** Makes the next launches fail, or wait. */
  beforeLaunch: (spec: ContainerSpec, signal: AbortSignal) => Promise<void> = async () => {};

  async launch(spec: ContainerSpec, { signal }: { signal: AbortSignal }): Promise<Container> {
    await this.beforeLaunch(spec, signal);
    const container = new FakeContainer(spec);
    this.containers.push(container);
    if (this.#isOver) container.destroy();
    for (const launched of this.#launched.splice(0)) launched();
    return container;
  }

  /** Ends all containers, and those that are still to come. */
  endAll(): void {
    this.#isOver = true;
    for (const container of this.containers) container.destroy();
  }

  /** The n-th container, as soon as it is launched. */
  async container(index = 0): Promise<FakeContainer> {
    while (this.containers.length <= index) await new Promise<void>((resolve) => this.#launched.push(resolve));
    return this.containers[index]!;
  }
}
