import { isLoopback } from "../../registry/mod.ts";
import { parseAddressRange } from "./address_range.ts";

/** What an entry is. */
export const insecureEntryText = "HOST[:PORT] or ADDRESS/BITS";

/** Whether a host is the entry's, with its port as it was written, or an address of its range. */
type IsMeant = (host: string) => boolean;

/** Reads an entry; undefined for what is neither a host nor a range of addresses. */
export function parseInsecureEntry(entry: string): IsMeant | undefined {
  const text = entry.trim().toLowerCase();
  const range = parseAddressRange(text);
  if (range) return (host) => range.contains(host.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""));
  if (!/^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/.test(text)) return undefined;
  return (host) => host.toLowerCase() === text;
}

/**
 * Whether a registry may do without TLS, and with a certificate of nobody's (contract B.9): this machine, and what the operator lists
 * as `host[:port]`, exactly, or as a range of addresses.
 */
export function isInsecure(host: string, entries: readonly string[]): boolean {
  return isLoopback(host) || entries.some((entry) => parseInsecureEntry(entry)?.(host));
}
