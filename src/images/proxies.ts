import { isIP } from "node:net";
import { isLoopback, type ProxyFor } from "../../registry/mod.ts";
import { parseAddressRange } from "./address_range.ts";

type Variables = Readonly<Record<string, string | undefined>>;

type ProxyVariable = (typeof proxyVariables)[number];

/** What proxies are named by; in small letters as well. */
export const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] as const;

/**
 * The proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name, as Docker's daemon reads them (contract B.9): in capitals first, then
 * in small letters. This machine is never behind a proxy. What is given throws SyntaxError, without the value, for a variable
 * that is needed and of no use.
 */
export function readProxies(variables: Variables): ProxyFor {
  const read = (name: ProxyVariable) => variables[name] || variables[name.toLowerCase()] || "";
  const direct = parseNoProxy(read("NO_PROXY"));
  return (url) => {
    const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
    const text = read(name);
    if (text === "") return undefined;
    const place = { hostname: toBare(url.hostname), port: url.port || (url.protocol === "https:" ? "443" : "80") };
    if (isLoopback(url.host) || direct.some((matches) => matches(place))) return undefined;
    return parseProxy(text, name);
  };
}

interface HostPlace {
  /** Without the brackets of IPv6. */
  hostname: string;
  port: string;
}

/** `*`, ranges, addresses, and names with all that lies under them; each with a port or for every port. */
function parseNoProxy(text: string): ((place: HostPlace) => boolean)[] {
  return text
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")
    .map((entry) => {
      if (entry === "*") return () => true;
      const range = parseAddressRange(entry);
      if (range) return ({ hostname }) => range.contains(hostname);
      const { name, port: wanted } = splitPort(entry);
      const isName =
        name.startsWith(".") || name.startsWith("*.") ? isUnder(name.replace(/^\*/, "")) : isAtOrUnder(name);
      return ({ hostname, port }) => isName(hostname) && (wanted === undefined || wanted === port);
    });
}

const isUnder = (suffix: string) => (hostname: string) => isIP(hostname) === 0 && hostname.endsWith(suffix);

const isAtOrUnder = (name: string) => (hostname: string) => hostname === name || isUnder(`.${name}`)(hostname);

/** An address of IPv6 has colons of its own, and brackets where a port follows. */
function splitPort(entry: string): { name: string; port?: string } {
  if (isIP(entry) === 6) return { name: entry };
  const [, name = entry, port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return { name: toBare(name), ...(port === undefined ? {} : { port }) };
}

function toBare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function parseProxy(text: string, name: string): URL {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || url.hostname === "") throw refuse(name, "it is no URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") throw refuse(name, `it is of scheme "${url.protocol}"`);
  return url;
}

function refuse(name: string, found: string): SyntaxError {
  return new SyntaxError(`Cannot use ${name}: ${found}, expected http[s]://[user:password@]host[:port]`);
}
