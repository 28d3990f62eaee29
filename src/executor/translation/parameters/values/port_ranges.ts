import { isIP } from "node:net";
import { ParameterFault, unexpected } from "../fault.ts";

const highestPort = 65_535;
const protocols = ["tcp", "udp", "sctp"];

/** Ports that follow each other, both ends included. */
export interface PortRange {
  first: number;
  last: number;
}

/** Container ports, and the host's addresses and ports that lead to them, where those are said. */
export interface PublishedRange {
  hostIp?: string;
  host?: PortRange;
  container: PortRange;
  protocol: string;
}

/** `80`, `8000-8010/udp`: ports of the container, never 0. */
export function parseContainerPorts(text: string): { ports: PortRange; protocol: string } {
  const [numbers = "", protocol = "tcp", ...others] = text.split("/");
  const expected = "a port from 1 to 65535 with tcp, udp or sctp, such as 80/tcp";
  if (others.length > 0 || !protocols.includes(protocol.toLowerCase())) throw unexpected(text, expected);
  const ports = parseRange(numbers);
  if (!ports || ports.first === 0) throw unexpected(text, expected);
  return { ports, protocol: protocol.toLowerCase() };
}

/** `[[ip:][hostPort]:]containerPort[/protocol]`, or `target=…,published=…,protocol=…`; IPv6 addresses in brackets. */
export function parsePublished(said: string): PublishedRange {
  const text = said.includes("=") ? toShortForm(said) : said;
  const [, ip, host, target = ""] = /^(?:(?:(\[[^\]]*\]|[^[\]]*):)?([\d-]*):)?([^:]*)$/.exec(text) ?? [];
  const { ports: container, protocol } = parseContainerPorts(target);
  const hostPorts = host ? parseRange(host) : undefined;
  if (host && !hostPorts) throw unexpected(said, "host ports such as 8080 or 8000-8010");
  const hostIp = ip?.replace(/^\[(.*)\]$/, "$1");
  if (hostIp && isIP(hostIp) === 0) throw unexpected(said, "an address of the host such as 127.0.0.1 or [::1]");
  if (hostPorts && count(hostPorts) !== count(container)) {
    throw new ParameterFault(`has ${count(hostPorts)} host ports for ${count(container)} of the container`);
  }
  return {
    container,
    protocol,
    // Port 0 is how Docker writes any port.
    ...(hostPorts && hostPorts.first > 0 ? { host: hostPorts } : {}),
    ...(hostIp ? { hostIp } : {}),
  };
}

/** All ports of a range. */
export function listPorts({ first, last }: PortRange): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function count({ first, last }: PortRange): number {
  return last - first + 1;
}

function parseRange(text: string): PortRange | undefined {
  const [, low, high = low] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const range = { first: Number(low), last: Number(high) };
  return range.first <= range.last && range.last <= highestPort ? range : undefined;
}

const longKeys = ["target", "published", "protocol", "mode"];

function toShortForm(said: string): string {
  const options = new Map(
    said.split(",").map((field) => {
      const [key = "", value = ""] = field.split("=");
      if (!longKeys.includes(key) || value === "") throw unexpected(said, "a form such as target=80,published=8080");
      return [key, value] as const;
    }),
  );
  return `${options.get("published") ?? ""}:${options.get("target") ?? ""}/${options.get("protocol") ?? "tcp"}`;
}
