import { RegistryError } from "../registry_error.ts";

/** Throws UNAUTHORIZED for a place of tokens that leaves TLS unasked, or is no place for HTTP at all (contract B.2). */
export function assertRealm(registry: URL, realm: URL, downgrades: "refused" | "allowed"): void {
  const refuse = (found: string) => new RegistryError("UNAUTHORIZED", `Cannot log in to "${registry.host}": ${found}`);
  if (realm.protocol !== "https:" && realm.protocol !== "http:") throw refuse(`found a realm of "${realm.protocol}"`);
  if (downgrades === "refused" && registry.protocol === "https:" && realm.protocol !== "https:") {
    throw refuse(`found a realm without TLS at "${realm.host}"`);
  }
}

/**
 * Whether a place of tokens may see credentials: the registry's host, its parent domain and what lies under that, or what
 * the operator trusts. The list of public suffixes is not at hand: two labels are taken for a domain, three under such as
 * `co.uk`. Hosts of one cloud under a deeper suffix are taken for siblings by that, which is why nothing but the place of
 * tokens is judged so.
 */
export function isTrustedRealm(registry: URL, realm: URL, trusted: readonly string[]): boolean {
  if (registry.hostname === realm.hostname) return true;
  if (trusted.some((host) => host === realm.host || host === realm.hostname)) return true;
  const [ours, theirs] = [domainOf(registry.hostname), domainOf(realm.hostname)];
  return ours !== undefined && ours === theirs;
}

/** Second-level labels under which domains are sold as under a top level: `co.uk` belongs to nobody. */
const publicSeconds = new Set(["co", "com", "net", "org", "gov", "edu", "ac", "ne", "or", "go"]);

function domainOf(hostname: string): string | undefined {
  if (/^[\d.]+$/.test(hostname) || hostname.includes(":")) return undefined;
  const labels = hostname.split(".");
  const [second = "", top = ""] = labels.slice(-2);
  if (labels.length < 2) return undefined;
  if (!(top.length === 2 && publicSeconds.has(second))) return `${second}.${top}`;
  return labels.length < 3 ? undefined : labels.slice(-3).join(".");
}
