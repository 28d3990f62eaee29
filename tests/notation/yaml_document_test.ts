import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import { readYaml } from "../../src/notation/yaml_document.ts";

/** What is wrong with a text whose `a` is to be a list of anything. */
function faultsOf(text: string): string[] {
  const read = readYaml(text, v.strictObject({ a: v.array(v.unknown(), "a list") }), "it is empty");
  return "faults" in read ? read.faults : [];
}

test("readYaml() tells of keys that no schema sees, and of aliases, wherever they are", () => {
  assert.deepEqual(faultsOf("a:\n- b: [{ __proto__: 1 }]\n- constructor: { c: 2 }\n"), [
    'line 2: unknown key "__proto__"',
    'line 3: unknown key "constructor"',
  ]);
  assert.deepEqual(faultsOf("a:\n- &x 1\n- b: { c: [*x] }\n- ? *x\n  : 2\n"), [
    "line 3: an alias, expected the value itself",
    "line 4: an alias, expected the value itself",
  ]);
});

test("readYaml() tells of no more faults than can be read", () => {
  const faults = faultsOf(`a: []\n${"b c\n".repeat(100)}${"[".repeat(5000)}`);
  assert.equal(faults.length, 51);
  assert.match(faults.at(-1) ?? "", /^and \d+ more$/);
});

test("readYaml() reads a list however deep it is, or says that it cannot", () => {
  const nested = (depth: number) => `a: ${"[".repeat(depth)}${"]".repeat(depth)}`;
  assert.deepEqual(faultsOf(nested(200)), []);
  assert.match(faultsOf(nested(100_000))[0] ?? "", /^line 1: /);
});

test("readYaml() takes one document of a file", () => {
  assert.deepEqual(faultsOf("a: []\n---\na: []\n"), ["line 2: another document begins, expected one in a file"]);
});
