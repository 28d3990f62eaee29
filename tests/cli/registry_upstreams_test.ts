import assert from "node:assert/strict";
import { test } from "node:test";
import { openRoutes, parseTagPolicy, parseUpstream } from "../../src/cli/registry_upstreams.ts";
import { silentLog } from "../../src/runtime/log.ts";

for (const [text, sources] of [
  ["docker.io", [{ host: "docker.io" }]],
  ["docker.io=mirror:5000,docker.io", [{ host: "mirror:5000" }, { host: "docker.io" }]],
  ["lab=http://registry.lab:5000", [{ host: "registry.lab:5000", scheme: "http" }]],
  ["six=https://[::1]:5000/", [{ host: "[::1]:5000", scheme: "https" }]],
] as const) {
  test(`parseUpstream() reads ${text}`, () => {
    assert.deepEqual(parseUpstream(text), [{ name: text.split("=")[0], sources }]);
  });
}

for (const text of ["", "Docker.io", "a/b", "a=", "a=ftp://b", "a=b,,c"]) {
  test(`parseUpstream() refuses "${text}"`, () => {
    assert.throws(() => parseUpstream(text), /^InvalidArgumentError: Expected/);
  });
}

test("parseUpstream() adds up, and refuses a name that is there", () => {
  const first = parseUpstream("docker.io");
  assert.equal(parseUpstream("quay.io", first).length, 2);
  assert.throws(() => parseUpstream("docker.io=other", first), /"docker.io" is there twice/);
});

test("parseTagPolicy() reads words and durations", () => {
  assert.deepEqual(parseTagPolicy("fresh"), { kind: "fresh" });
  assert.deepEqual(parseTagPolicy("pinned"), { kind: "pinned" });
  assert.deepEqual(parseTagPolicy("10mins"), { kind: "cached", maximumAgeMs: 600_000 });
  assert.throws(() => parseTagPolicy("soon"));
});

test("openRoutes() goes by the first part of a name", () => {
  using routes = openRoutes({
    upstreams: parseUpstream("docker.io=mirror:5000,docker.io"),
    tags: { kind: "fresh" },
    variables: {},
    log: silentLog,
  });
  assert.equal(routes.route("docker.io/library/app")?.repository, "library/app");
  assert.deepEqual(
    routes.route("docker.io/library/app")?.upstreams.map(({ name }) => name),
    ["mirror:5000", "docker.io"],
  );
  for (const name of ["docker.io", "quay.io/app", "own/docker.io/app"]) assert.equal(routes.route(name), undefined);
});
