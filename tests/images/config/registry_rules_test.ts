import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyConfig, parseConfig } from "../../../src/images/config/config.ts";
import { accessTo, nameAtMirror, rulesFor } from "../../../src/images/config/registry_rules.ts";

function read(...lines: string[]) {
  return parseConfig(`registries:\n${lines.map((line) => `  ${line}\n`).join("")}`, "config.yaml");
}

test("of each field, the most exact entry holds that says something, and is named", () => {
  const config = read(
    '"*": { upstream: never, mirrors: [any.lab], tags: 1hrs }',
    "quay.io: { mirrors: [quay.lab] }",
    "quay.io/org: { upstream: used }",
  );
  const rules = rulesFor(config, "quay.io", "org/app");
  assert.deepEqual([rules.upstream.value, rules.upstream.by], ["used", "quay.io/org"]);
  assert.deepEqual([rules.mirrors.value[0]?.host, rules.mirrors.by], ["quay.lab", "quay.io"]);
  assert.deepEqual(rules.tagPolicyOf("v1"), { value: { kind: "cached", maximumAgeMs: 3_600_000 }, by: "*" });
  const other = rulesFor(config, "docker.io", "library/redis");
  assert.deepEqual(
    [other.upstream.value, other.upstream.by],
    ["never", "*"],
    "an air gap has no hole at other entries",
  );
});

test("without entries a registry is asked itself, and its tags each time", () => {
  const { mirrors, upstream, deny, tagPolicyOf } = rulesFor(emptyConfig, "docker.io", "library/redis");
  assert.deepEqual(
    [mirrors, upstream, deny, tagPolicyOf("v1")],
    [{ value: [] }, { value: "used" }, { value: undefined }, { value: { kind: "fresh" } }],
  );
});

test("what is denied in general can be had where an entry says so", () => {
  const config = read('"*": { deny: only ours }', "registry.lab: { deny: false }");
  assert.deepEqual(rulesFor(config, "docker.io", "a/b").deny, { value: "only ours", by: "*" });
  assert.equal(rulesFor(config, "registry.lab", "a/b").deny.value, undefined);
});

test("a tag goes by the first rule that matches, then by those of more general entries", () => {
  const config = read(
    "a.lab: { tags: fresh }",
    "a.lab/org: { tags: [{ matching: '^v', policy: pinned }, { matching: '^v1', policy: 1secs }] }",
  );
  const { tagPolicyOf } = rulesFor(config, "a.lab", "org/app");
  assert.deepEqual(tagPolicyOf("v1"), { value: { kind: "pinned" }, by: "a.lab/org" });
  assert.deepEqual(tagPolicyOf("edge"), { value: { kind: "fresh" }, by: "a.lab" });
});

for (const [key, prefix, repository, there] of [
  ["docker.io", undefined, "library/redis", "library/redis"],
  ["docker.io", "hub", "library/redis", "hub/library/redis"],
  ["docker.io/org", "mirrors/org", "org/app", "mirrors/org/app"],
  ["docker.io/org", "", "org/app", "app"],
  ["docker.io/org/app", "app", "org/app", "app"],
  ["docker.io/org/app", "", "org/app", "org/app"],
] as const) {
  test(`a mirror of ${key} with ${prefix === undefined ? "no prefix" : `prefix "${prefix}"`} has ${repository} as ${there}`, () => {
    const mirror = `{ address: m.lab${prefix === undefined ? "" : `, prefix: "${prefix}"`} }`;
    const [rule] = rulesFor(read(`${key}: { mirrors: [${mirror}] }`), "docker.io", repository).mirrors.value;
    assert.ok(rule);
    assert.equal(nameAtMirror(rule, repository), there);
  });
}

test("a mirror serves tags and blobs and is told nothing, unless it is said", () => {
  const config = read(
    "a.lab: { mirrors: [m.lab, { address: 'http://n.lab', capabilities: [blobs], namespace: true }] }",
  );
  assert.deepEqual(rulesFor(config, "a.lab", "b").mirrors.value, [
    { host: "m.lab", serves: ["tags", "blobs"], namespace: "untold" },
    { host: "n.lab", scheme: "http", serves: ["blobs"], namespace: "told" },
  ]);
});

test("limits and timeouts add up from entries, each by the most exact", () => {
  const config = read(
    '"*": { limits: { concurrency: 2, bandwidth: 1k }, timeouts: { idle: 1secs } }',
    "a.lab: { limits: { concurrency: 8 }, timeouts: { headers: 2secs }, tls: { off: true } }",
  );
  const { limits, timeouts, tls } = accessTo(config, "a.lab", "b");
  assert.deepEqual(limits, { concurrency: 8, bandwidth: 1024 });
  assert.deepEqual(timeouts, { headers: 2000, idle: 1000 });
  assert.deepEqual(tls, { value: { off: true }, by: "a.lab" });
});
