import { isRegistryError, RegistryError } from "../registry_error.ts";
import { quoted } from "../values/quoted.ts";
import { containsScope, emptyScope, formatScope, parseScope, type Scope, unionScopes } from "../values/scope.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Clock } from "./clock.ts";
import type { HttpRequest, HttpResponse, Transport } from "./http/transport.ts";
import type { Origin } from "./origin.ts";
import { assertRealm, isTrustedRealm } from "./realm.ts";
import { RefreshTokens } from "./refresh_tokens.ts";
import { type FindCredentials, RememberedCredentials } from "./remembered_credentials.ts";
import { authorizationOf, type Credentials, fetchToken, renewToken, type Token, type TokenPlace } from "./token.ts";

/** Who asks, and what tokens are judged by. */
export interface AuthenticationOptions {
  /** The registry: nobody else is shown credentials or tokens. */
  readonly origin: Origin;
  /** Looked up when the registry asks who it is; without, we are nobody. */
  readonly credentials?: FindCredentials;
  /** Hosts beside the registry's own domain that may be shown credentials as the place of tokens. */
  readonly trustedRealms?: readonly string[];
  /** Whether a registry with TLS may name a place of tokens without. */
  readonly downgrades: "refused" | "allowed";
  readonly clock: Clock;
}

/** A token is renewed that long before its end, so that it does not end on its way. */
const renewalMs = 5_000;

/** How the registry wants to be talked to, as far as it has said. */
type Manner =
  | { readonly kind: "unknown" }
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly place: TokenPlace };

/**
 * Puts the Authorization header on requests to one registry (contract B.2). Callers only say what scope they need: N
 * requests for one scope wait for one token, a 401 in mid-way brings one new token, and a 401 after that is UNAUTHORIZED.
 */
export class Authentication {
  readonly #next: Transport;
  readonly #options: AuthenticationOptions;
  #manner: Manner = { kind: "unknown" };
  readonly #credentials: RememberedCredentials;
  #tokens: readonly Token[] = [];
  readonly #refreshTokens = new RefreshTokens();
  readonly #pending = new Map<string, Promise<Token>>();

  constructor(next: Transport, options: AuthenticationOptions) {
    this.#next = next;
    this.#options = options;
    this.#credentials = new RememberedCredentials(options.credentials ?? (async () => undefined), options.clock);
  }

  /** The layer. */
  readonly send: Transport = async (request) => {
    if (request.url.origin !== this.#options.origin.url.origin) return await this.#next(request);
    const shown = await this.#authorize(request, request.scope);
    const response = await this.#next(shown.request);
    if (response.status !== 401) return response;
    const wanted = this.#learn(response, request.scope);
    if (shown.token !== undefined) this.#forget(shown.token);
    // What is sent as a stream cannot be sent again from here: its sender does, who can begin it anew.
    if (wanted === undefined || request.body?.stream !== undefined) return response;
    if (shown.token === undefined && shown.authorized && this.#manner.kind === "basic") {
      this.#credentials.forget(request.scope);
      return response;
    }
    await response[Symbol.asyncDispose]();
    const again = await this.#authorize(request, wanted);
    if (!again.authorized) throw await this.#refusal(request);
    const answer = await this.#next(again.request);
    if (answer.status !== 401) return answer;
    await answer[Symbol.asyncDispose]();
    if (again.token !== undefined) this.#forget(again.token);
    throw await this.#refusal(request);
  };

  /** The request with what the registry is known to want. */
  async #authorize(
    request: HttpRequest,
    scope: Scope,
  ): Promise<{ request: HttpRequest; token?: Token; authorized: boolean }> {
    const manner = this.#manner;
    if (manner.kind === "unknown") return { request, authorized: false };
    const credentials = await this.#credentials.get(scope);
    if (manner.kind === "bearer" && credentials?.kind !== "bearer") {
      const token = await this.#token(manner.place, scope);
      return { request: withAuthorization(request, `Bearer ${token.text}`), token, authorized: true };
    }
    const authorization = authorizationOf(credentials);
    if (authorization === undefined) return { request, authorized: false };
    return { request: withAuthorization(request, authorization), authorized: true };
  }

  /** What a 401 teaches: how to log in, and for which scope. Undefined when nothing that we can do. */
  #learn(response: HttpResponse, scope: Scope): Scope | undefined {
    const challenges = parseChallenges(response.headers["www-authenticate"] ?? "");
    const bearer = challenges.find((one) => one.scheme === "bearer" && one.parameters.realm);
    if (bearer) {
      const place = toPlace(bearer, this.#options.origin.url);
      this.#manner = { kind: "bearer", place };
      return unionScopes(scope, scopeOf(bearer));
    }
    if (!challenges.some(({ scheme }) => scheme === "basic")) return undefined;
    this.#manner = { kind: "basic" };
    return scope;
  }

  /** A token that allows `scope`, fetched once however many ask. */
  async #token(place: TokenPlace, scope: Scope): Promise<Token> {
    const now = this.#options.clock.now();
    this.#tokens = this.#tokens.filter(({ expiresMs }) => expiresMs - renewalMs > now);
    const held = this.#tokens.find((token) => containsScope(token.scope, scope));
    if (held) return held;
    const key = formatScope(scope).join(" ");
    const known = this.#pending.get(key);
    if (known !== undefined) return await known;
    const pending = this.#fetch(place, scope);
    this.#pending.set(key, pending);
    try {
      const token = await pending;
      this.#tokens = [...this.#tokens, token];
      return token;
    } finally {
      this.#pending.delete(key);
    }
  }

  async #fetch(place: TokenPlace, scope: Scope): Promise<Token> {
    const { trustedRealms = [], downgrades } = this.#options;
    const origin = this.#options.origin.url;
    assertRealm(origin, place.realm, downgrades);
    const credentials = await this.#credentials.get(scope);
    if (credentials !== undefined && !isTrustedRealm(origin, place.realm, trustedRealms)) {
      const found = `it sends us to "${place.realm.host}", which is not of its domain`;
      throw new RegistryError("UNAUTHORIZED", `Cannot show credentials of "${origin.host}": ${found}`);
    }
    try {
      return await this.#fetchAs(credentials, place, scope);
    } catch (error) {
      if (isRegistryError(error, "UNAUTHORIZED")) this.#credentials.forget(scope);
      throw error;
    }
  }

  /** A refresh token that came with an earlier answer goes first; one that is refused is forgotten (contract B.2). */
  async #fetchAs(credentials: Credentials | undefined, place: TokenPlace, scope: Scope): Promise<Token> {
    const now = { nowMs: this.#options.clock.now() };
    if (credentials === undefined) return await fetchToken(this.#next, place, undefined, scope, now);
    const known = this.#refreshTokens.find(place, credentials);
    const renewed = known === undefined ? undefined : await renewToken(this.#next, place, known, scope, now);
    if (renewed === undefined) this.#refreshTokens.forget(place, credentials);
    const token = renewed ?? (await fetchToken(this.#next, place, credentials, scope, now));
    if (token.refreshToken !== undefined) this.#refreshTokens.note(place, credentials, token.refreshToken);
    return token;
  }

  #forget(token: Token): void {
    this.#tokens = this.#tokens.filter((one) => one !== token);
  }

  /** Registries hide what is not there behind a wish for a login (contract B.7): the error says both, and who we were. */
  async #refusal({ method, url, scope }: HttpRequest): Promise<RegistryError> {
    const credentials = await this.#credentials.get(scope);
    this.#credentials.forget(scope);
    this.#refreshTokens.clear();
    const found = credentials === undefined ? "it asks for a login" : `it does not take ${nameOf(credentials)}`;
    const needed = formatScope(scope).join(" ");
    const why = needed === "" ? found : `${found} for ${needed}, or has no such repository`;
    return new RegistryError("UNAUTHORIZED", `Cannot ${method} "${url.host}${url.pathname}": ${why}`);
  }
}

function nameOf(credentials: Credentials): string {
  if (credentials.kind === "basic") return `user ${quoted(credentials.username)}`;
  return credentials.kind === "refresh" ? "an identity token" : "a bearer token";
}

function withAuthorization(request: HttpRequest, authorization: string): HttpRequest {
  return { ...request, headers: { ...request.headers, authorization } };
}

function toPlace({ parameters }: Challenge, origin: URL): TokenPlace {
  const { realm = "", service } = parameters;
  if (!URL.canParse(realm)) {
    throw new RegistryError("UNAUTHORIZED", `Cannot log in to "${origin.host}": found no URL as the realm of tokens`);
  }
  return { realm: new URL(realm), ...(service !== undefined && { service }) };
}

/** Scope of a challenge; one that cannot be read asks for nothing more than the request does. */
function scopeOf({ parameters }: Challenge): Scope {
  try {
    return parseScope(parameters.scope ?? "");
  } catch {
    return emptyScope;
  }
}
