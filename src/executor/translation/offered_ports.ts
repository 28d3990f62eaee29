import type { ExecutorInfo, TaskInfo } from "../../mesos/protocol.ts";

/** Ranges can be as wide as all ports there are; more than these are listed for nobody. */
const mostListed = 65_536;

/** Ports of the host that were offered to a task. */
export class OfferedPorts {
  readonly #ranges: readonly { begin: number; end: number }[];

  constructor({ resources }: Pick<TaskInfo | ExecutorInfo, "resources">) {
    this.#ranges = resources
      .filter((resource) => resource.name === "ports")
      .flatMap((resource) => resource.ranges?.range ?? [])
      .map(({ begin, end }) => ({ begin: Number(begin), end: Number(end) }));
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  has(port: number): boolean {
    return this.#ranges.some(({ begin, end }) => begin <= port && port <= end);
  }

  /** All of them, in the order of the offer. */
  list(): number[] {
    const ports: number[] = [];
    for (const { begin, end } of this.#ranges) {
      for (let port = begin; port <= end && ports.length < mostListed; port++) ports.push(port);
    }
    return ports;
  }
}
