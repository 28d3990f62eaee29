import assert from "node:assert/strict";
import { test } from "node:test";
import {
  catalogScope,
  containsScope,
  emptyScope,
  formatScope,
  parseScope,
  repositoryScope,
  unionScopes,
} from "../../../registry/values/scope.ts";

const texts: readonly (readonly [string, readonly string[]])[] = [
  ["repository:a/b:pull", ["repository:a/b:pull"]],
  ["repository:a:push,pull", ["repository:a:pull,push"]],
  ["repository:host:5000/a:pull", ["repository:host:5000/a:pull"]],
  ["repository(plugin):a:pull", ["repository(plugin):a:pull"]],
  ["repository:b:pull  repository:a:pull", ["repository:a:pull", "repository:b:pull"]],
  ["repository:a:pull repository:a:push", ["repository:a:pull,push"]],
  ["registry:catalog:*", ["registry:catalog:*"]],
  ["repository:a:", []],
  ["", []],
];
for (const [text, expected] of texts) {
  test(`parseScope() reads ${JSON.stringify(text)}`, () => assert.deepEqual(formatScope(parseScope(text)), expected));
}

for (const text of ["repository", "repository:a", ":a:pull", "repository::pull"]) {
  test(`parseScope() refuses ${text}`, () => assert.throws(() => parseScope(text), SyntaxError));
}

const pull = repositoryScope("a", "pull");
const both = repositoryScope("a", "pull", "push");
const all = repositoryScope("a", "*");
const relations: readonly (readonly [string, boolean, boolean])[] = [
  ["more contains less", containsScope(both, pull), true],
  ["less does not contain more", containsScope(pull, both), false],
  ["a star contains every action", containsScope(all, both), true],
  ["actions do not make a star", containsScope(both, all), false],
  ["another repository is not contained", containsScope(pull, repositoryScope("b", "pull")), false],
  ["everything contains nothing", containsScope(emptyScope, emptyScope), true],
  ["nothing contains no catalogue", containsScope(emptyScope, catalogScope), false],
];
for (const [what, found, expected] of relations) test(`of scopes, ${what}`, () => assert.equal(found, expected));

test("unionScopes() allows what either allows, and leaves both as they were", () => {
  const union = unionScopes(pull, repositoryScope("a", "push"), repositoryScope("b", "pull"));
  assert.deepEqual(formatScope(union), ["repository:a:pull,push", "repository:b:pull"]);
  assert.deepEqual(formatScope(pull), ["repository:a:pull"]);
  assert.ok(containsScope(union, pull) && containsScope(union, both));
});
