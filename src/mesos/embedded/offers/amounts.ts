import { type Resource, Value_Type } from "../../protocol.ts";
import { EmbeddedAgentError } from "../embedded_error.ts";
import type { ResourceInit } from "../messages.ts";
import { type PersistentVolume, readVolume, toVolumeKey } from "./persistent_volume.ts";

/** Ports from `begin` to `end`, both included, as Mesos writes ranges. */
export interface PortRange {
  begin: number;
  end: number;
}

/** How much of what. Scalars are whole thousandths: Mesos counts with three decimals and compares exactly. */
export interface Amounts {
  scalars: Map<string, number>;
  ports: Set<number>;
  /** By their keys. */
  volumes: Map<string, PersistentVolume>;
}

/** Nothing. */
export function noAmounts(): Amounts {
  return { scalars: new Map(), ports: new Set(), volumes: new Map() };
}

/** Thousandths of a number of cpus or megabytes. */
export function toThousandths(value: number): number {
  return Math.round(value * 1000);
}

/** Every port of some ranges. */
export function toPorts(ranges: readonly PortRange[]): Set<number> {
  const ports = new Set<number>();
  for (const { begin, end } of ranges) for (let port = begin; port <= end; port++) ports.add(port);
  return ports;
}

/** The sum of resources; throws `unsupported` for kinds that this agent does not offer. */
export function readAmounts(resources: readonly Resource[]): Amounts {
  const amounts = noAmounts();
  for (const resource of resources) {
    const volume = readVolume(resource);
    refuseSpecial(resource);
    if (volume) {
      addVolume(amounts, volume);
      continue;
    }
    if (resource.name === "ports" && resource.type === Value_Type.RANGES) addPorts(amounts, resource);
    else if (resource.type === Value_Type.SCALAR) addScalar(amounts, resource);
    else throw unsupported(resource, "its type is not one that this agent offers");
  }
  return amounts;
}

/** Adds `more` to `amounts`. */
export function addAmounts(amounts: Amounts, more: Amounts): void {
  for (const [name, value] of more.scalars) amounts.scalars.set(name, (amounts.scalars.get(name) ?? 0) + value);
  for (const port of more.ports) amounts.ports.add(port);
  for (const [key, volume] of more.volumes) amounts.volumes.set(key, volume);
}

/** Takes `less` away from `amounts`, which must hold it. */
export function subtractAmounts(amounts: Amounts, less: Amounts): void {
  for (const [name, value] of less.scalars) amounts.scalars.set(name, (amounts.scalars.get(name) ?? 0) - value);
  for (const port of less.ports) amounts.ports.delete(port);
  for (const key of less.volumes.keys()) amounts.volumes.delete(key);
}

/** Resources of these scalars and ports, scalars first, neighbouring ports joined to ranges. */
export function writeAmounts(
  amounts: Pick<Amounts, "scalars" | "ports">,
  options: { role?: string } = {},
): ResourceInit[] {
  const allocation = options.role === undefined ? {} : { allocationInfo: { role: options.role } };
  const resources: ResourceInit[] = [...amounts.scalars].map(([name, thousandths]) => ({
    name,
    type: Value_Type.SCALAR,
    scalar: { value: thousandths / 1000 },
    ...allocation,
  }));
  if (amounts.ports.size === 0) return resources;
  const range = toRanges(amounts.ports).map(({ begin, end }) => ({ begin: BigInt(begin), end: BigInt(end) }));
  return [...resources, { name: "ports", type: Value_Type.RANGES, ranges: { range }, ...allocation }];
}

/** The fewest ranges that hold exactly these ports. */
export function toRanges(ports: ReadonlySet<number>): PortRange[] {
  const ranges: PortRange[] = [];
  for (const port of [...ports].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last?.end === port - 1) last.end = port;
    else ranges.push({ begin: port, end: port });
  }
  return ranges;
}

function addScalar(amounts: Amounts, resource: Resource): void {
  const value = toThousandths(resource.scalar?.value ?? 0);
  amounts.scalars.set(resource.name, (amounts.scalars.get(resource.name) ?? 0) + value);
}

function addVolume(amounts: Amounts, volume: PersistentVolume): void {
  const key = toVolumeKey(volume);
  if (amounts.volumes.has(key)) {
    throw new EmbeddedAgentError("invalid", `Cannot use persistent volume "${volume.id}" twice`);
  }
  amounts.volumes.set(key, volume);
}

function addPorts(amounts: Amounts, resource: Resource): void {
  for (const { begin, end } of resource.ranges?.range ?? []) {
    if (end > 65_535n) throw new EmbeddedAgentError("ports", `Cannot use port ${end}: it is larger than 65535`);
    for (const port of toPorts([{ begin: Number(begin), end: Number(end) }])) {
      if (amounts.ports.has(port)) throw new EmbeddedAgentError("ports", `Cannot use port ${port} twice`);
      amounts.ports.add(port);
    }
  }
}

/** Reserved, revocable, shared and other disk resources are offers of their own, which this agent never makes. */
function refuseSpecial(resource: Resource): void {
  const special = (["reservation", "disk", "revocable", "shared", "providerId"] as const).find(
    (field) => resource[field] !== undefined && !(field === "disk" && resource.disk?.persistence),
  );
  if (special) throw unsupported(resource, `it has "${special}", and this agent offers plain resources alone`);
  if (resource.disk?.source) throw unsupported(resource, "its disk has a source, and this agent has one disk");
  if (resource.reservations.length > 0 && !resource.disk) {
    throw unsupported(resource, "it is reserved, and this agent reserves nothing but persistent volumes");
  }
}

function unsupported(resource: Resource, why: string): EmbeddedAgentError {
  return new EmbeddedAgentError("unsupported", `Cannot use resource "${resource.name}": ${why}`);
}
