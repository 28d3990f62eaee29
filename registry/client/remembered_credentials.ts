import type { Scope } from "../values/scope.ts";
import type { Clock } from "./clock.ts";
import type { Credentials } from "./token.ts";

/**
 * Who we are for a repository, undefined for nobody; asked without a repository for what belongs to none, such as the list of
 * them. One host may have accounts for several paths (contract C.1).
 */
export type FindCredentials = (repository?: string) => Promise<Credentials | undefined>;

/** What is found is believed that long: helpers hand out secrets that end (contract C.2). */
const rememberedMs = 5 * 60_000;

/** Credentials by repository: looked up once for all who ask at a time, and again after a while, a failure or a refusal. */
export class RememberedCredentials {
  readonly #find: FindCredentials;
  readonly #clock: Clock;
  #known = new Map<string | undefined, { found: Promise<Credentials | undefined>; untilMs: number }>();

  constructor(find: FindCredentials, clock: Clock) {
    this.#find = find;
    this.#clock = clock;
  }

  /** Credentials for a request that needs `scope`: those of its first repository, which is where a mount goes to. */
  get(scope: Scope): Promise<Credentials | undefined> {
    const repository = firstRepository(scope);
    const now = this.#clock.now();
    for (const [name, { untilMs }] of this.#known) if (untilMs <= now) this.#known.delete(name);
    const known = this.#known.get(repository);
    if (known !== undefined) return known.found;
    const found = this.#find(repository);
    this.#known.set(repository, { found, untilMs: now + rememberedMs });
    found.catch(() => this.#known.delete(repository));
    return found;
  }

  /** Forgets those that the registry did not take. */
  forget(scope: Scope): void {
    this.#known.delete(firstRepository(scope));
  }
}

function firstRepository(scope: Scope): string | undefined {
  const prefix = "repository:";
  for (const resource of scope.keys()) if (resource.startsWith(prefix)) return resource.slice(prefix.length);
  return undefined;
}
