import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../../src/images/config/config.ts";
import { findConfigWarnings } from "../../../src/images/config/config_warnings.ts";

function warningsOf(registries: string): string[] {
  return findConfigWarnings(parseConfig(`registries: { ${registries} }\n`, "/etc/c.yaml")).map(({ found }) => found);
}

test("a password in the configuration itself is warned of, and not told", () => {
  const [warning = "", ...others] = warningsOf("a.lab: { credentials: { username: u, password: hunter2 } }");
  assert.deepEqual(others, []);
  assert.match(warning, /"\/etc\/c.yaml" holds the password of "a.lab" itself/);
  assert.doesNotMatch(warning, /hunter2/);
});

const gaps: readonly (readonly [registries: string, names: string[]])[] = [
  ["a.lab: { upstream: never }", ["a.lab"]],
  ["a.lab/org: { upstream: never }", ["a.lab/org"]],
  ["'*.lab': { upstream: never }", ["*.lab"]],
  ["'*': { upstream: never }", ["*"]],
  ["a.lab: { upstream: never, mirrors: [] }", ["a.lab"]],
  ["a.lab: { upstream: never, mirrors: [m.lab] }, a.lab/org: { mirrors: [] }", ["a.lab/org"]],
  ["'*': { upstream: never, mirrors: [m.lab] }, a.lab: { mirrors: [] }", ["a.lab"]],
  ["a.lab: { upstream: never }, b.lab: { mirrors: [m.lab] }", ["a.lab"]],
  ["a.lab: { upstream: never }, '*.a.lab': { mirrors: [m.lab] }", ["a.lab"]],
];
for (const [registries, names] of gaps) {
  test(`{ ${registries} } is warned of, as nothing can be had of ${names.join(", ")}`, () => {
    assert.deepEqual(
      warningsOf(registries),
      names.map(
        (name) =>
          `"/etc/c.yaml" lets images of "${name}" be had from nowhere: "upstream" is never, and there is no mirror`,
      ),
    );
  });
}

const blobsAlone = "mirrors: [{ address: m.lab, capabilities: [blobs] }]";

test("a registry that is never asked, and has mirrors of blobs alone, is warned of", () => {
  assert.deepEqual(warningsOf(`a.lab: { upstream: never, ${blobsAlone} }`), [
    '"/etc/c.yaml" lets no tag of "a.lab" be found: "upstream" is never, and no mirror is asked for tags',
  ]);
});

for (const registries of [
  `a.lab: { ${blobsAlone} }`,
  `a.lab: { upstream: never, deny: closed, ${blobsAlone} }`,
  "a.lab: { upstream: never, mirrors: [{ address: m.lab, capabilities: [blobs] }, n.lab] }",
  "a.lab: { upstream: never, mirrors: [m.lab] }",
  "'*': { mirrors: [m.lab] }, a.lab: { upstream: never }",
  "'*.lab': { mirrors: [m.lab] }, a.lab: { upstream: never }",
  "a.lab: { upstream: never, deny: closed }",
  "a.lab: { mirrors: [] }",
  // All that is not named is shut out.
  "'*': { upstream: never }, a.lab: { mirrors: [m.lab] }, m.lab: { tls: { off: true } }",
  "a.lab: { upstream: never }, a.lab/org: { mirrors: [m.lab] }",
  "'*.lab': { upstream: never }, a.lab: { upstream: used }",
  "'*.lab': { upstream: never }, '*.a.lab': { mirrors: [m.lab] }",
]) {
  test(`{ ${registries} } is not warned of`, () => assert.deepEqual(warningsOf(registries), []));
}
