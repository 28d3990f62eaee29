import type { Served } from "../../../registry/mod.ts";

/** Parameters of the API; of others a URL may have any, secrets among them. */
const knownParameters = new Set([
  "artifactType",
  "digest",
  "digest-algorithm",
  "from",
  "last",
  "mount",
  "n",
  "ns",
  "tag",
]);

/** Path and query of a URL as logs may have it. */
export function toLoggedUrl(url: string): string {
  const [path = "", query = ""] = url.split("?", 2);
  const kept = query.split("&").filter((part) => knownParameters.has(part.split("=", 1)[0] ?? ""));
  return kept.length === 0 ? path : `${path}?${kept.join("&")}`;
}

/**
 * One request as a line of the combined log format of web servers, with two fields behind: bytes received and milliseconds.
 * Whatever could end a field or a line is escaped.
 */
export function formatAccessText(served: Served): string {
  const { client, user, method, url, status, sentBytes, receivedBytes, durationMs, userAgent } = served;
  const request = `${method} ${toLoggedUrl(url)} HTTP/1.1`;
  const who = `${escapeField(client, /[\s"\\]/)} - ${escapeField(user ?? "-", /[\s"\\]/)}`;
  const quotes = [request, "-", userAgent ?? "-"].map((text) => `"${escapeField(text, /["\\]/)}"`);
  const [asked, referrer, agent] = quotes;
  const when = formatTime(new Date(served.begunMs));
  return `${who} [${when}] ${asked} ${status} ${sentBytes} ${referrer} ${agent} ${receivedBytes} ${Math.round(durationMs)}`;
}

/** The same as a JSON object. */
export function formatAccessJson(served: Served): string {
  const { client, user, method, url, request, status, outcome, sentBytes, receivedBytes, userAgent } = served;
  return JSON.stringify({
    ...{ time: new Date(served.begunMs).toISOString(), client, user, method, path: toLoggedUrl(url) },
    ...{ kind: request?.kind, status, outcome, sentBytes, receivedBytes, ms: Math.round(served.durationMs), userAgent },
  });
}

/** Printable ASCII as it is but for `special`; the rest as `\xHH` or `\uHHHH`. */
function escapeField(text: string, special: RegExp): string {
  return Array.from({ length: text.length }, (_, at) => {
    const code = text.charCodeAt(at);
    if (code >= 0x20 && code < 0x7f && !special.test(text[at] ?? "")) return text[at];
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  }).join("");
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `26/Nov/2026:15:26:24 +0000`. */
function formatTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, "0");
  const time = date.toISOString().slice(11, 19);
  return `${day}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`;
}
