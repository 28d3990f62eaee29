import type { EndpointSettings } from "../../../docker/mod.ts";
import { isBuiltIn } from "../network.ts";
import { quote } from "./fault.ts";
import type { Course } from "./flag.ts";
import { mergeEndpoints } from "./flags/networks.ts";

const bridge = "bridge";
const endpointsPath = "NetworkingConfig.EndpointsConfig";

/**
 * Puts into the draft what was said of networks, now that all of it is known: the first network named replaces the task's own
 * (contract B.1), more of them are joined as well, and addresses and aliases go to the one that the container starts in.
 * Gives all faults.
 */
export function settleNetworks(course: Course): string[] {
  const { draft, attachments, pendingEndpoints } = course;
  const faults = findNetworkFaults(course);
  const [main] = attachments;
  if (main) replaceNetwork(main.network, main.source, course);
  const mode = draft.networkMode;
  faults.push(...findEndpointFaults(course, mode));
  if (faults.length > 0) return faults;

  const settings = pendingEndpoints
    .filter(({ key }) => key !== "link" || !isBuiltIn(mode))
    .reduce((merged, pending) => mergeEndpoints(merged, pending.settings), main?.settings ?? {});
  const others = [...draft.endpoints].filter(([network]) => network !== mode);
  const known = draft.endpoints.get(mode);
  draft.endpoints.clear();
  if (known || attachments.length > 1 || !isEmpty(settings)) draft.setEndpoint(mode, known ?? {});
  if (!isEmpty(settings)) draft.setEndpoint(mode, settings);
  for (const [network, said] of others) draft.setEndpoint(network, said);
  for (const { network, settings: said } of attachments.slice(1)) draft.setEndpoint(network, said);
  noteEndpoints(course, settings);
  return [];
}

/** Settings in the network that is left are of no use in another. */
function replaceNetwork(network: string, source: string, { draft, warnings }: Course): void {
  const left = draft.networkMode;
  if (left !== network && !isEmpty(draft.endpoints.get(left) ?? {})) {
    warnings.push(`${source} replaces network ${quote(left)}, and what was said of the container in it is left out`);
  }
  if (left !== network) draft.endpoints.delete(left);
  draft.setNetwork(network, source);
}

/** Daemons before API 1.44 read the container's own hardware address alone, later ones the network's alone. */
function noteEndpoints({ draft, seen, attachments }: Course, settings: EndpointSettings): void {
  const macSource = seen.get("mac-address") ?? attachments[0]?.source ?? "";
  if (settings.MacAddress !== undefined) draft.config.set("MacAddress", settings.MacAddress, macSource);
  if (draft.endpoints.size === 0) return;
  const keys = ["network", "ip", "ip6", "link-local-ip", "mac-address", "network-alias", "link"];
  const known = draft.sources.get(endpointsPath) ?? [];
  const sources = new Set([...known, ...keys.flatMap((key) => seen.get(key) ?? [])]);
  if (sources.size > 0) draft.note(endpointsPath, [...sources].join(", "));
}

function findNetworkFaults({ attachments }: Course): string[] {
  const names = attachments.map(({ network }) => network);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const builtIn = names.filter(isBuiltIn);
  return [
    ...[...new Set(twice)].map((name) => `"network" names ${quote(name)} twice`),
    ...(names.length > 1 && builtIn.length > 0
      ? [`"network" names ${names.map(quote).join(", ")}, but ${quote(builtIn[0] ?? "")} excludes all others`]
      : []),
  ];
}

function findEndpointFaults({ attachments, pendingEndpoints }: Course, mode: string): string[] {
  const faults: string[] = [];
  const [main] = attachments;
  for (const { key, settings } of pendingEndpoints) {
    if (main && sharesField(main.settings, settings)) {
      faults.push(`${quote(key)} says what "network" says as well, expected one of them`);
    }
    if (!isPossible(key, mode)) faults.push(`${quote(key)} ${notPossible(key, mode)}`);
  }
  for (const key of listAddresses(main?.settings ?? {})) {
    if (!isPossible(key, mode)) faults.push(`"network" option ${quote(key)} ${notPossible(key, mode)}`);
  }
  return faults;
}

/** What the daemon takes in networks of the user's alone; a hardware address also in its bridge. */
function isPossible(key: string, mode: string): boolean {
  if (key === "link" || !isBuiltIn(mode)) return true;
  return key === "mac-address" && mode === bridge;
}

function notPossible(key: string, mode: string): string {
  const wanted = key === "mac-address" ? "the bridge or a network of the user's own" : "a network of the user's own";
  return `needs ${wanted}, and the container is in network ${quote(mode)}`;
}

function listAddresses({ IPAMConfig = {}, Aliases, MacAddress }: EndpointSettings): string[] {
  return [
    ...(Aliases ? ["alias"] : []),
    ...(IPAMConfig.IPv4Address ? ["ip"] : []),
    ...(IPAMConfig.IPv6Address ? ["ip6"] : []),
    ...(IPAMConfig.LinkLocalIPs ? ["link-local-ip"] : []),
    ...(MacAddress ? ["mac-address"] : []),
  ];
}

function sharesField(first: EndpointSettings, second: EndpointSettings): boolean {
  const shares = (a: object = {}, b: object = {}) => Object.keys(a).some((key) => key !== "IPAMConfig" && key in b);
  return shares(first, second) || shares(first.IPAMConfig, second.IPAMConfig);
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
