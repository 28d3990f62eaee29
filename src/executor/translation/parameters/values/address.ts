import { isIP } from "node:net";
import { unexpected } from "../fault.ts";

/** An address of either family. */
export function parseAddress(text: string): string {
  if (isIP(text) === 0) throw unexpected(text, "an IP address");
  return text;
}

/** An IPv4 address. */
export function parseAddress4(text: string): string {
  if (isIP(text) !== 4) throw unexpected(text, "an IPv4 address");
  return text;
}

/** An IPv6 address. */
export function parseAddress6(text: string): string {
  if (isIP(text) !== 6) throw unexpected(text, "an IPv6 address");
  return text;
}

/** A hardware address of six bytes. */
export function parseMacAddress(text: string): string {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) throw unexpected(text, "an address such as 92:d0:c6:0a:29:33");
  return text;
}
