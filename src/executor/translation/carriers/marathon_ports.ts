import type { StatedPort } from "../statement.ts";
import type { ForeignObject } from "./foreign_object.ts";

const highestPort = 65_535;

/**
 * Reads `portMappings`. Host port 0 is one that Marathon chose when it accepted the offer: the app's JSON does not have
 * it, so such mappings take in order what the offered ports hold beyond the fixed ones; without a list of those it stays
 * 0. Container port 0 is the host port. `udp,tcp` makes two ports of one mapping (contract D.2).
 */
export function readPortMappings(docker: ForeignObject, offered?: readonly number[]): StatedPort[] {
  const mappings = docker.objects("portMappings").map((mapping) => ({
    mapping,
    hostPort: readPort(mapping, "hostPort"),
    containerPort: readPort(mapping, "containerPort"),
    protocols: readProtocols(mapping),
  }));
  const fixed = new Set(mappings.map(({ hostPort }) => hostPort));
  const free = offered?.filter((port) => !fixed.has(port));
  return mappings.flatMap(({ mapping, hostPort: wanted, containerPort, protocols }) => {
    const hostPort = wanted === 0 && free ? free.shift() : wanted;
    if (hostPort === undefined) {
      mapping.fault("hostPort", "is 0, and no offered port is left for it");
      return [];
    }
    return protocols.map((protocol) => ({ hostPort, containerPort: containerPort || hostPort, protocol }));
  });
}

function readPort(mapping: ForeignObject, field: string): number {
  const port = mapping.count(field) ?? 0;
  if (port <= highestPort) return port;
  mapping.fault(field, `is above ${highestPort}`);
  return 0;
}

function readProtocols(mapping: ForeignObject): readonly string[] {
  const protocols = (mapping.text("protocol") || "tcp").split(",").map((name) => name.trim().toLowerCase());
  if (protocols.every((name) => name === "tcp" || name === "udp")) return [...new Set(protocols)];
  mapping.fault("protocol", "is neither tcp nor udp");
  return [];
}
