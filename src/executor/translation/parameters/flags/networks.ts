import { isIP } from "node:net";
import type { EndpointSettings } from "../../../../docker/mod.ts";
import { ParameterFault, readPart, unexpected } from "../fault.ts";
import { type Attachment, endpointValue, type Flags, hostItem } from "../flag.ts";
import { parseAddress, parseAddress4, parseAddress6, parseMacAddress } from "../values/address.ts";
import { parseFields, parseFullPair } from "../values/fields.ts";
import { integer } from "../values/numbers.ts";
import { parseName } from "../values/text.ts";

/** Networks, addresses and names. */
export const networkFlags: Flags = {
  network: {
    takes: "value",
    apply: (value, { attachments, source }) => attachments.push({ ...parseAttachment(value), source }),
  },
  ip: endpointValue((text) => ({ IPAMConfig: { IPv4Address: parseAddress4(text) } })),
  ip6: endpointValue((text) => ({ IPAMConfig: { IPv6Address: parseAddress6(text) } })),
  "link-local-ip": endpointValue((text) => ({ IPAMConfig: { LinkLocalIPs: [parseAddress(text)] } })),
  "mac-address": endpointValue((text) => ({ MacAddress: parseMacAddress(text) })),
  "network-alias": endpointValue((text) => ({ Aliases: [parseName(text)] })),
  link: {
    takes: "value",
    apply: (value, { draft, source, key, pendingEndpoints }) => {
      const link = parseLink(value);
      draft.host.add("Links", [link], source);
      pendingEndpoints.push({ key, settings: { Links: [link] } });
    },
  },
  "add-host": hostItem("ExtraHosts", parseHostEntry),
  dns: hostItem("Dns", parseAddress),
  "dns-option": hostItem("DnsOptions", parseName),
  "dns-search": hostItem("DnsSearch", parseName),
};

const options = new Map<string, (value: string) => EndpointSettings>([
  ["alias", (value) => ({ Aliases: [parseName(value)] })],
  ["ip", (value) => ({ IPAMConfig: { IPv4Address: parseAddress4(value) } })],
  ["ip6", (value) => ({ IPAMConfig: { IPv6Address: parseAddress6(value) } })],
  ["link-local-ip", (value) => ({ IPAMConfig: { LinkLocalIPs: [parseAddress(value)] } })],
  ["mac-address", (value) => ({ MacAddress: parseMacAddress(value) })],
  ["driver-opt", (value) => ({ DriverOpts: toEntry(value) })],
  ["gw-priority", (value) => ({ GwPriority: integer(Number.MIN_SAFE_INTEGER)(value) })],
]);

/** A name alone, or `name=NAME,alias=…,ip=…`. */
function parseAttachment(text: string): Omit<Attachment, "source"> {
  if (!text.includes("=")) return { network: toNetwork(text), settings: {} };
  let network: string | undefined;
  let settings: EndpointSettings = {};
  for (const field of parseFields(text)) {
    const { name, value } = parseFullPair(field);
    const key = name.trim().toLowerCase();
    if (key === "name") {
      network = toNetwork(value);
      continue;
    }
    const read = options.get(key);
    if (!read) throw new ParameterFault(`has the unknown option "${name}"`);
    settings = mergeEndpoints(
      settings,
      readPart(name, () => read(value)),
    );
  }
  if (network === undefined) throw new ParameterFault('has no option "name"');
  return { network, settings };
}

/** One container's settings in a network, said in several places; lists grow. */
export function mergeEndpoints(first: EndpointSettings, second: EndpointSettings): EndpointSettings {
  const join = <T>(a: readonly T[] = [], b: readonly T[] = []) => [...a, ...b];
  const Aliases = join(first.Aliases, second.Aliases);
  const Links = join(first.Links, second.Links);
  const LinkLocalIPs = join(first.IPAMConfig?.LinkLocalIPs, second.IPAMConfig?.LinkLocalIPs);
  const ipam = {
    ...first.IPAMConfig,
    ...second.IPAMConfig,
    ...(LinkLocalIPs.length > 0 ? { LinkLocalIPs } : {}),
  };
  return {
    ...first,
    ...second,
    ...(Aliases.length > 0 ? { Aliases } : {}),
    ...(Links.length > 0 ? { Links } : {}),
    ...(Object.keys(ipam).length > 0 ? { IPAMConfig: ipam } : {}),
    ...(first.DriverOpts || second.DriverOpts ? { DriverOpts: { ...first.DriverOpts, ...second.DriverOpts } } : {}),
  };
}

/** `default` is Docker's word for its own bridge. */
function toNetwork(name: string): string {
  if (name === "container:") throw unexpected(name, "container:NAME");
  return name === "default" ? "bridge" : parseName(name);
}

function toEntry(text: string): Record<string, string> {
  const { name, value } = parseFullPair(text, "an option such as key=value");
  return Object.fromEntries([[name, value]]);
}

/** `container` or `container:alias`. */
function parseLink(text: string): string {
  if (!/^[^:]+(:[^:]+)?$/.test(text)) throw unexpected(text, "a link such as container:alias");
  return text;
}

/** `host:ip` or `host=ip`, IPv6 in brackets or bare, or the word by which the daemon puts in its own address. */
function parseHostEntry(text: string): string {
  const at = text.includes("=") ? text.indexOf("=") : text.indexOf(":");
  const host = text.slice(0, Math.max(at, 0));
  const address = text.slice(at + 1).replace(/^\[(.*)\]$/, "$1");
  if (host === "" || (address !== "host-gateway" && isIP(address) === 0)) {
    throw unexpected(text, "a host and its address such as db:10.0.0.1");
  }
  return `${host}:${address}`;
}
