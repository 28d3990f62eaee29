import type { Resource } from "../../protocol.ts";
import { EmbeddedAgentError } from "../embedded_error.ts";
import { toResources } from "../messages.ts";
import {
  type Amounts,
  addAmounts,
  noAmounts,
  type PortRange,
  readAmounts,
  subtractAmounts,
  toPorts,
  toRanges,
  toThousandths,
  writeAmounts,
} from "./amounts.ts";

/** What an agent has. */
export interface AgentResources {
  cpus: number;
  /** Megabytes. */
  mem: number;
  /** Megabytes. */
  disk: number;
  gpus?: number;
  ports: readonly PortRange[];
}

/** What a framework wants for one task or executor. */
export interface AllocationRequest {
  cpus: number;
  /** Megabytes. */
  mem: number;
  /** Megabytes. */
  disk?: number;
  gpus?: number;
  /** How many ports, the lowest free ones; or exactly these. */
  ports?: number | readonly number[];
}

/** The role of every allocation: this agent has no others. */
const role = "*";

/**
 * Keeps the books of an agent's resources. Each unit is in one of three states: free, allocated (in the hands of a
 * framework that has not launched with it), or used (by a live task or executor).
 */
export class Ledger {
  readonly #offered: ReadonlySet<number>;
  readonly #free: Amounts;
  readonly #allocated: Amounts = noAmounts();

  constructor(resources: AgentResources) {
    this.#offered = toPorts(resources.ports);
    this.#free = { scalars: toScalars(resources), ports: toPorts(resources.ports) };
  }

  /** Cuts an offer to size: free → allocated. Throws `resources` or `ports`, and then takes nothing. */
  allocate(request: AllocationRequest): Resource[] {
    const wanted: Amounts = { scalars: toScalars(request), ports: this.#choosePorts(request.ports ?? 0) };
    for (const [name, value] of wanted.scalars) {
      const free = this.#free.scalars.get(name) ?? 0;
      if (value > free) throw short(`Cannot allocate ${value / 1000} ${name}: ${free / 1000} free`);
    }
    subtractAmounts(this.#free, wanted);
    addAmounts(this.#allocated, wanted);
    return toResources(writeAmounts(wanted, { role }));
  }

  /** Gives back what was allocated and will not be used: allocated → free. */
  decline(resources: readonly Resource[]): void {
    this.#move("decline", readAmounts(resources), this.#free);
  }

  /** A launch: allocated → used. `action` begins the message of the error, e.g. `launch task "web.1"`. */
  use(action: string, resources: readonly Resource[]): void {
    this.#move(action, readAmounts(resources), noAmounts());
  }

  /** The end of a task or executor: used → free. */
  free(resources: readonly Resource[]): void {
    addAmounts(this.#free, readAmounts(resources));
  }

  #move(action: string, amounts: Amounts, to: Amounts): void {
    for (const [name, value] of amounts.scalars) {
      const held = this.#allocated.scalars.get(name) ?? 0;
      if (value > held) throw short(`Cannot ${action}: it takes ${value / 1000} ${name}, ${held / 1000} allocated`);
    }
    for (const port of amounts.ports) {
      if (this.#allocated.ports.has(port)) continue;
      throw new EmbeddedAgentError("ports", `Cannot ${action}: port ${port} is not allocated`);
    }
    subtractAmounts(this.#allocated, amounts);
    addAmounts(to, amounts);
  }

  #choosePorts(wanted: number | readonly number[]): Set<number> {
    if (typeof wanted !== "number") return new Set(wanted.map((port) => this.#checkPort(port)));
    if (!(Number.isInteger(wanted) && wanted >= 0)) throw new RangeError(`Cannot count ${wanted} ports`);
    const chosen = [...this.#free.ports].sort((one, other) => one - other).slice(0, wanted);
    if (chosen.length < wanted) throw short(`Cannot allocate ${wanted} ports: ${chosen.length} free`);
    return new Set(chosen);
  }

  #checkPort(port: number): number {
    if (this.#free.ports.has(port)) return port;
    const ranges = toRanges(this.#offered).map(({ begin, end }) => `${begin}-${end}`);
    const why = this.#offered.has(port) ? "it is taken" : `this agent offers ${ranges.join(", ") || "no ports"}`;
    throw new EmbeddedAgentError("ports", `Cannot allocate port ${port}: ${why}`);
  }
}

/** The resources of an agent as it describes itself: not allocated to anyone. */
export function describeResources(resources: AgentResources): ReturnType<typeof writeAmounts> {
  return writeAmounts({ scalars: toScalars(resources), ports: toPorts(resources.ports) });
}

function toScalars(request: Omit<AllocationRequest, "ports">): Map<string, number> {
  const { cpus, mem, disk = 0, gpus = 0 } = request;
  for (const [name, value] of Object.entries({ cpus, mem, disk, gpus })) {
    if (!(value >= 0)) throw new RangeError(`Cannot count ${value} ${name}: expected zero or more`);
  }
  const named: [string, number][] = [
    ["cpus", cpus],
    ["mem", mem],
    ["disk", disk],
    ["gpus", gpus],
  ];
  return new Map(named.filter(([, value]) => value > 0).map(([name, value]) => [name, toThousandths(value)]));
}

function short(message: string): EmbeddedAgentError {
  return new EmbeddedAgentError("resources", message);
}
