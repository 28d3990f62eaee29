import { Buffer } from "node:buffer";
import { RegistryError } from "../registry_error.ts";
import { isRecord } from "../values/descriptor.ts";
import { emptyScope, formatScope, type Scope } from "../values/scope.ts";
import { readCapped } from "./capped_body.ts";
import type { HttpResponse, Transport } from "./http/transport.ts";

/** Who somebody is to a registry. `refresh` is what Docker's helpers call an identity token. */
export type Credentials =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "refresh"; readonly token: string }
  | { readonly kind: "bearer"; readonly token: string };

/** Where tokens are had, as a challenge said it. */
export interface TokenPlace {
  readonly realm: URL;
  readonly service?: string;
}

/** A token, what it is for and how long. */
export interface Token {
  readonly text: string;
  readonly scope: Scope;
  readonly expiresMs: number;
  /** What the next one may be had with, instead of credentials. */
  readonly refreshToken?: string;
}

/** Shortest life that a token is believed to have; some servers state less than a request takes (contract B.2). */
const shortestLifeMs = 60_000;
const clientId = "mesos-docker";

/** Asks for a token: with a refresh token by POST, else, or when that is not known there, by GET (contract B.2). */
export async function fetchToken(
  send: Transport,
  place: TokenPlace,
  credentials: Credentials | undefined,
  scope: Scope,
  options: { nowMs: number; signal?: AbortSignal },
): Promise<Token> {
  if (credentials?.kind === "refresh") {
    const response = await postForToken(send, place, credentials.token, scope, options);
    if (![400, 404, 405].includes(response.status)) return await readToken(response, place, scope, options.nowMs);
    await response[Symbol.asyncDispose]();
  }
  return await readToken(await getToken(send, place, credentials, scope, options), place, scope, options.nowMs);
}

/** A token for a refresh token that came with an earlier one; undefined when that is refused. */
export async function renewToken(
  send: Transport,
  place: TokenPlace,
  refreshToken: string,
  scope: Scope,
  options: { nowMs: number; signal?: AbortSignal },
): Promise<Token | undefined> {
  const response = await postForToken(send, place, refreshToken, scope, options);
  const isRefused = response.status >= 400 && response.status < 500 && response.status !== 429;
  if (!isRefused) return await readToken(response, place, scope, options.nowMs);
  await response[Symbol.asyncDispose]();
  return undefined;
}

function postForToken(
  send: Transport,
  { realm, service }: TokenPlace,
  refreshToken: string,
  scope: Scope,
  { signal }: { signal?: AbortSignal },
): Promise<HttpResponse> {
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken, client_id: clientId });
  if (service !== undefined) form.set("service", service);
  form.set("scope", formatScope(scope).join(" "));
  return send({
    method: "POST",
    url: realm,
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: { bytes: Buffer.from(form.toString()) },
    scope: emptyScope,
    ...(signal && { signal }),
  });
}

function getToken(
  send: Transport,
  { realm, service }: TokenPlace,
  credentials: Credentials | undefined,
  scope: Scope,
  { signal }: { signal?: AbortSignal },
): Promise<HttpResponse> {
  // The realm may have a query of its own: it is added to.
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const one of formatScope(scope)) url.searchParams.append("scope", one);
  // A place that knows no refresh tokens is asked as nobody: showing it one as a bearer's token would give it away.
  const authorization = credentials?.kind === "refresh" ? undefined : authorizationOf(credentials);
  if (credentials?.kind === "basic") url.searchParams.set("account", credentials.username);
  url.searchParams.set("client_id", clientId);
  const headers = { accept: "application/json", ...(authorization !== undefined && { authorization }) };
  return send({ method: "GET", url, headers, scope: emptyScope, ...(signal && { signal }) });
}

/** The Authorization header that shows credentials themselves; undefined for nobody. */
export function authorizationOf(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined) return undefined;
  if (credentials.kind !== "basic") return `Bearer ${credentials.token}`;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
}

async function readToken(response: HttpResponse, place: TokenPlace, scope: Scope, nowMs: number): Promise<Token> {
  const refuse = (code: "UNAUTHORIZED" | "UNAVAILABLE", found: string) =>
    new RegistryError(code, `Cannot get a token of "${place.realm.host}": ${found}`);
  const text = await readCapped(response);
  const { status } = response;
  if (status !== 200)
    throw refuse(status === 429 || status >= 500 ? "UNAVAILABLE" : "UNAUTHORIZED", `found status ${status}`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw refuse("UNAVAILABLE", "found something else than JSON");
  }
  const { token, access_token, expires_in, issued_at, refresh_token } = isRecord(document) ? document : {};
  const found = token || access_token;
  if (typeof found !== "string" || !/^[\x21-\x7e]+$/.test(found))
    throw refuse("UNAVAILABLE", "found no token in the answer");
  const stated = typeof expires_in === "number" && expires_in > 0 ? expires_in * 1000 : 0;
  const issuedMs = typeof issued_at === "string" ? Date.parse(issued_at) : Number.NaN;
  // A clock that runs ahead of ours must not lengthen a token's life.
  const beginMs = Number.isNaN(issuedMs) ? nowMs : Math.min(issuedMs, nowMs);
  const expiresMs = Math.max(beginMs + stated, nowMs + shortestLifeMs);
  const isRefreshable = typeof refresh_token === "string" && refresh_token !== "";
  return { text: found, scope, expiresMs, ...(isRefreshable && { refreshToken: refresh_token }) };
}
