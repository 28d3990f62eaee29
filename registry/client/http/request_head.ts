import { quoted } from "../../values/quoted.ts";
import { proxyAuthorizationOf } from "./proxy.ts";
import type { HttpBody, HttpRequest } from "./transport.ts";

/** A name that is a token, and a value without control characters (RFC 9110, 5.5). */
const headerLine = /^[!#$%&'*+.^_`|~\dA-Za-z-]+: [\t -~\u0080-\u00ff]*$/;

/**
 * The beginning of a request as it goes over a connection (RFC 9112, 3): to a proxy on the way of plain HTTP with the whole URL and
 * what shows it who we are. Throws TypeError for a header that would break the lines.
 */
export function formatRequestHead({ method, url, headers, body }: HttpRequest, proxy: URL | undefined): string {
  const isPassedOn = proxy !== undefined && url.protocol === "http:";
  const target = isPassedOn ? `${url.origin}${url.pathname}${url.search}` : `${url.pathname}${url.search}`;
  const all = {
    host: url.host,
    ...headers,
    ...lengthOf(body, method),
    ...(isPassedOn && proxyAuthorizationOf(proxy)),
  };
  const lines = Object.entries(all).map(([name, value]) => {
    const line = `${name}: ${value}`;
    if (!headerLine.test(line))
      throw new TypeError(`Cannot send header ${quoted(name)}: found a character that it cannot hold`);
    return `${line}\r\n`;
  });
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

function lengthOf(body: HttpBody | undefined, method: string): Record<string, string> {
  if (body === undefined) return method === "GET" || method === "HEAD" ? {} : { "content-length": "0" };
  const length = body.bytes?.byteLength ?? body.length;
  return length === undefined ? { "transfer-encoding": "chunked" } : { "content-length": String(length) };
}
