import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRegistryKey, rankRegistryKey } from "../../../src/images/config/registry_key.ts";

for (const [text, key] of [
  ["docker.io", { kind: "exact", host: "docker.io", path: "" }],
  ["index.docker.io", { kind: "exact", host: "docker.io", path: "" }],
  ["Quay.io/org/sub", { kind: "exact", host: "quay.io", path: "org/sub" }],
  ["localhost", { kind: "exact", host: "localhost", path: "" }],
  ["cache.lab:5000", { kind: "exact", host: "cache.lab:5000", path: "" }],
  ["[::1]:5000", { kind: "exact", host: "[::1]:5000", path: "" }],
  ["*.example.com", { kind: "below", host: "example.com", path: "" }],
  ["*", { kind: "any", host: "", path: "" }],
] as const) {
  test(`parseRegistryKey() reads ${text}`, () => assert.deepEqual(parseRegistryKey(text), key));
}

for (const text of [
  "",
  "ubuntu",
  "user/app",
  "docker.io/",
  "*.example.com/org",
  "*.*",
  "a.lab/Org",
  "http://a.lab",
  "**",
]) {
  test(`parseRegistryKey() refuses "${text}"`, () => assert.equal(parseRegistryKey(text), undefined));
}

test("rankRegistryKey() puts the longest path before the host, that before a domain, and all registries last", () => {
  const keys = [
    "*",
    "*.example.com",
    "*.eu.example.com",
    "a.eu.example.com",
    "a.eu.example.com/org",
    "a.eu.example.com/org/team",
  ];
  const ranks = keys.map((text) => rank(text, "a.eu.example.com", "org/team/app"));
  assert.deepEqual(
    ranks,
    ranks.toSorted((a = -1, b = -1) => a - b),
  );
  assert.equal(new Set(ranks).size, keys.length);
});

for (const [text, host, repository] of [
  ["quay.io/org", "quay.io", "organ/app"],
  ["quay.io/org/app", "quay.io", "org"],
  ["*.example.com", "example.com", "app"],
  ["*.example.com", "badexample.com", "app"],
  ["cache.lab", "cache.lab:5000", "app"],
] as const) {
  test(`${text} does not speak of ${host}/${repository}`, () => assert.equal(rank(text, host, repository), undefined));
}

test("an entry for a repository speaks of it, in any case of its host", () => {
  assert.notEqual(rank("quay.io/org/app", "QUAY.io", "org/app"), undefined);
});

function rank(text: string, host: string, repository: string): number | undefined {
  const key = parseRegistryKey(text);
  assert.ok(key);
  return rankRegistryKey(key, host, repository);
}
