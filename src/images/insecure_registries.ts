import { isLoopback } from "../../registry/mod.ts";
import { parseAddressRange } from "./address_range.ts";

/**
 * Whether a registry may do without TLS, and with a certificate of nobody's (contract B.9): this machine, and what the operator lists
 * as `host[:port]`, exactly, or as a range of addresses. Throws SyntaxError for an entry that is neither.
 */
export function isInsecure(host: string, entries: readonly string[]): boolean {
  const address = host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  const listed = entries.map((entry) => {
    const text = entry.trim().toLowerCase();
    const range = parseAddressRange(text);
    if (range) return range.contains(address);
    if (!/^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/.test(text)) {
      throw new SyntaxError(
        `Cannot use insecure registry ${JSON.stringify(entry)}: expected HOST[:PORT] or ADDRESS/BITS`,
      );
    }
    return text === host.toLowerCase();
  });
  return isLoopback(host) || listed.includes(true);
}
