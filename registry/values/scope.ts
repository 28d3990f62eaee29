import { quoted } from "./quoted.ts";

/**
 * What somebody may do, or wants to: actions by resource, such as `repository:team/app` → `pull`, `push` (contract B.2).
 * Values of this type are never changed.
 */
export type Scope = ReadonlyMap<string, ReadonlySet<string>>;

/** A scope that allows nothing. */
export const emptyScope: Scope = new Map();

/** The scope of actions on one repository. */
export function repositoryScope(repository: string, ...actions: ("pull" | "push" | "delete" | "*")[]): Scope {
  return new Map([[`repository:${repository}`, new Set<string>(actions)]]);
}

/** The scope of listing repositories. */
export const catalogScope: Scope = new Map([["registry:catalog", new Set(["*"])]]);

/**
 * Reads scopes parted by white space. A resource's name may hold colons (host:port), so that the type ends at the first
 * colon and the actions begin after the last. Throws SyntaxError.
 */
export function parseScope(text: string): Scope {
  const scope = new Map<string, Set<string>>();
  for (const one of text.split(/\s+/)) {
    if (one === "") continue;
    const first = one.indexOf(":");
    const last = one.lastIndexOf(":");
    if (first < 1 || last === first || last === first + 1) {
      throw new SyntaxError(`Cannot parse scope ${quoted(one)}: expected "type:name:actions"`);
    }
    const resource = one.slice(0, last);
    const actions = scope.get(resource) ?? new Set();
    for (const action of one.slice(last + 1).split(",")) if (action !== "") actions.add(action);
    scope.set(resource, actions);
  }
  return scope;
}

/** One text per resource, sorted, so that equal scopes have equal texts. */
export function formatScope(scope: Scope): string[] {
  return [...scope]
    .filter(([, actions]) => actions.size > 0)
    .map(([resource, actions]) => `${resource}:${[...actions].sort().join(",")}`)
    .sort();
}

/** What either of them allows. */
export function unionScopes(...scopes: readonly Scope[]): Scope {
  const union = new Map<string, Set<string>>();
  for (const scope of scopes) {
    for (const [resource, actions] of scope) union.set(resource, new Set([...(union.get(resource) ?? []), ...actions]));
  }
  return union;
}

/** Whether `whole` allows all that `part` asks for; `*` allows every action of its resource. */
export function containsScope(whole: Scope, part: Scope): boolean {
  for (const [resource, actions] of part) {
    const allowed = whole.get(resource);
    if (allowed?.has("*")) continue;
    for (const action of actions) if (!allowed?.has(action)) return false;
  }
  return true;
}
