import { RegistryError } from "../registry_error.ts";
import type { HttpRequest, HttpResponse, Transport } from "./http/transport.ts";

/** More in a row is a loop (contract B.5). */
const mostRedirects = 10;

/** Headers that belong to the registry alone; storage behind a redirect gets the others, Range above all. */
const ownHeaders = new Set(["authorization", "cookie", "proxy-authorization"]);

/**
 * Follows redirects of reading requests. What names the caller stays with the origin that it was meant for, and TLS is not
 * left unless that is allowed (contract B.5). A refusal of storage whose signed URL has run out is asked of the registry once more.
 */
export function followRedirects(next: Transport, downgrades: "refused" | "allowed"): Transport {
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return await next(request);
    const response = await follow(next, request, downgrades);
    const isForeign = response.url.origin !== request.url.origin;
    if (!isForeign || response.status !== 403) return response;
    await response[Symbol.asyncDispose]();
    return await follow(next, request, downgrades);
  };
}

async function follow(next: Transport, request: HttpRequest, downgrades: "refused" | "allowed"): Promise<HttpResponse> {
  let current = request;
  for (let hop = 0; hop <= mostRedirects; hop += 1) {
    const response = await next(current);
    const target = [301, 302, 303, 307, 308].includes(response.status) ? response.headers.location : undefined;
    if (target === undefined) return response;
    await response[Symbol.asyncDispose]();
    current = redirect(current, target, downgrades);
  }
  throw new RegistryError("UNAVAILABLE", `Cannot ${request.method} "${request.url.host}": found a loop of redirects`, {
    retryable: false,
  });
}

function redirect(request: HttpRequest, target: string, downgrades: "refused" | "allowed"): HttpRequest {
  const refuse = (found: string) =>
    new RegistryError("DENIED", `Cannot follow a redirect of "${request.url.host}": ${found}`);
  if (!URL.canParse(target, request.url)) throw refuse("found no URL in its Location");
  const url = new URL(target, request.url);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse(`found scheme "${url.protocol}"`);
  if (downgrades === "refused" && request.url.protocol === "https:" && url.protocol === "http:") {
    throw refuse(`found plain HTTP at "${url.host}" behind TLS`);
  }
  if (url.origin === request.url.origin) return { ...request, url };
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !ownHeaders.has(name)));
  return { ...request, url, headers };
}
