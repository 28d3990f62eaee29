import { isWithin } from "../../runtime/path_tree.ts";
import type { AccessRule, Verdict } from "./policy.ts";

/** Whether a rule allows less than everything. */
export function isRestricted(rule: AccessRule): boolean {
  return rule.allow !== undefined || rule.deny.length > 0;
}

/** What a rule says of one name; names of the rule are compared as they are. */
export function judgeName(rule: AccessRule, name: string): Verdict {
  return judgeByLongest(rule, (entry) => entry === name);
}

/** What a rule says of an absolute path: its entries name whole trees, and the innermost of them wins. */
export function judgePath(rule: AccessRule, path: string): Verdict {
  return judgeByLongest(rule, (entry) => isWithin(path, entry));
}

/**
 * What a rule says of a path with all that lies beneath it, as a mount gives it: a tree that holds a denied path is
 * denied, or mounting the parent would be the way around the rule.
 */
export function judgeTree(rule: AccessRule, path: string): Verdict {
  if (rule.deny.some((entry) => isWithin(entry, path))) return "deny";
  return judgePath(rule, path);
}

/** The longest of the rule's entries that match decides; `deny` when two are equally long. */
export function judgeByLongest(rule: AccessRule, matches: (entry: string) => boolean): Verdict {
  const longest = (entries: readonly string[]) => Math.max(-1, ...entries.filter(matches).map(({ length }) => length));
  const denied = longest(rule.deny);
  const allowed = longest(rule.allow ?? []);
  if (denied < 0 && allowed < 0) return rule.allow ? "deny" : "allow";
  return allowed > denied ? "allow" : "deny";
}
