import type { Credentials, TokenPlace } from "./token.ts";

/** Most that are kept: a registry has one place of tokens, and hardly more than one account of ours. */
const mostKept = 100;

/** Refresh tokens that came with tokens (contract B.2), each for the place and for whom it was given to. */
export class RefreshTokens {
  readonly #known = new Map<string, string>();

  /** What goes before the credentials themselves are shown. */
  find(place: TokenPlace, credentials: Credentials): string | undefined {
    return this.#known.get(keyOf(place, credentials));
  }

  note(place: TokenPlace, credentials: Credentials, token: string): void {
    this.#known.set(keyOf(place, credentials), token);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKept && oldest !== undefined) this.#known.delete(oldest);
  }

  /** Forgets one that was not taken. */
  forget(place: TokenPlace, credentials: Credentials): void {
    this.#known.delete(keyOf(place, credentials));
  }

  /** Forgets all: what they bring is not what the registry wants. */
  clear(): void {
    this.#known.clear();
  }
}

function keyOf({ realm, service }: TokenPlace, credentials: Credentials): string {
  return JSON.stringify([realm.href, service, credentials]);
}
