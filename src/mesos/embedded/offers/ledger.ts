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
import { type PersistentVolume, toVolumeKey, type VolumeRequest, writeVolume } from "./persistent_volume.ts";

/** What an agent has. */
export interface AgentResources {
  cpus: number;
  /** Megabytes. */
  mem: number;
  /** Megabytes. */
  disk: number;
  gpus?: number;
  /** Scalars of the operator's own, by name. */
  custom?: Readonly<Record<string, number>>;
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
  custom?: Readonly<Record<string, number>>;
  /** How many ports, the lowest free ones; or exactly these. */
  ports?: number | readonly number[];
  /** Persistent volumes, cut from the free disk when they are asked for the first time; they need a role. */
  volumes?: readonly VolumeRequest[];
  /** The role to which all of it is allocated. */
  role?: string;
}

/** The role of allocations that name none. */
const anyRole = "*";

/**
 * Keeps the books of an agent's resources. Each unit is in one of three states: free, allocated (in the hands of a
 * framework that has not launched with it), or used (by a live task or executor).
 */
export class Ledger {
  readonly #offered: ReadonlySet<number>;
  readonly #free: Amounts;
  readonly #allocated: Amounts = noAmounts();
  /** All that were ever made: they are never destroyed. */
  readonly #volumes = new Map<string, PersistentVolume>();

  constructor(resources: AgentResources) {
    this.#offered = toPorts(resources.ports);
    this.#free = { scalars: toScalars(resources), ports: toPorts(resources.ports), volumes: new Map() };
  }

  /** Cuts an offer to size: free → allocated. Throws `resources`, `ports` or `invalid`, and then takes nothing. */
  allocate(request: AllocationRequest): Resource[] {
    const { role = anyRole, volumes = [] } = request;
    const wanted: Amounts = {
      scalars: toScalars(request),
      ports: this.#choosePorts(request.ports ?? 0),
      volumes: this.#chooseVolumes(volumes, role),
    };
    const carved = [...wanted.volumes].filter(([key]) => !this.#volumes.has(key));
    const size = carved.reduce((sum, [, volume]) => sum + volume.size, 0);
    const taken = { ...wanted, scalars: new Map(wanted.scalars) };
    if (size > 0) taken.scalars.set("disk", (taken.scalars.get("disk") ?? 0) + size);
    for (const [name, value] of taken.scalars) {
      const free = this.#free.scalars.get(name) ?? 0;
      if (value > free) throw short(`Cannot allocate ${value / 1000} ${name}: ${free / 1000} free`);
    }
    subtractAmounts(this.#free, taken);
    addAmounts(this.#allocated, wanted);
    for (const [key, volume] of carved) this.#volumes.set(key, volume);
    return toResources([...writeAmounts(wanted, { role }), ...volumes.map((volume) => writeVolume(volume, role))]);
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
    for (const [key, { id, size }] of amounts.volumes) {
      if (this.#allocated.volumes.get(key)?.size === size) continue;
      throw short(`Cannot ${action}: persistent volume "${id}" of ${size / 1000} MB is not allocated`);
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

  #chooseVolumes(requests: readonly VolumeRequest[], role: string): Map<string, PersistentVolume> {
    const chosen = requests.map(({ id, size }) => this.#checkVolume({ id, role, size: toThousandths(size) }));
    return new Map(chosen.map((volume) => [toVolumeKey(volume), volume]));
  }

  #checkVolume(volume: PersistentVolume): PersistentVolume {
    const cannot = (why: string) => `Cannot allocate persistent volume "${volume.id}": ${why}`;
    if (volume.role === anyRole) throw new EmbeddedAgentError("invalid", cannot("unreserved disk cannot be one"));
    const known = this.#volumes.get(toVolumeKey(volume));
    if (known && known.size !== volume.size) throw short(cannot(`it has ${known.size / 1000} MB`));
    if (known && !this.#free.volumes.has(toVolumeKey(volume))) throw short(cannot("it is taken"));
    return volume;
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

function toScalars(request: Pick<AllocationRequest, "cpus" | "mem" | "disk" | "gpus" | "custom">): Map<string, number> {
  const { cpus, mem, disk = 0, gpus = 0, custom = {} } = request;
  const named = Object.entries({ cpus, mem, disk, gpus, ...custom });
  for (const [name, value] of named) {
    if (!(value >= 0)) throw new RangeError(`Cannot count ${value} ${name}: expected zero or more`);
  }
  return new Map(named.filter(([, value]) => value > 0).map(([name, value]) => [name, toThousandths(value)]));
}

function short(message: string): EmbeddedAgentError {
  return new EmbeddedAgentError("resources", message);
}
