import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openRoutes, parsePinFlag, parseTagPolicy, parseUpstream } from "../../src/cli/registry_upstreams.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { openCrowdedServer } from "../registry/client/crowded_server.ts";
import { answer, openFaultyServer } from "../registry/client/faulty_server.ts";

for (const [text, sources] of [
  ["docker.io=mirror:5000,docker.io", [{ host: "mirror:5000" }, { host: "docker.io" }]],
  ["lab=http://registry.lab:5000", [{ host: "registry.lab:5000", scheme: "http" }]],
  ["quay.io/org=mirror:5000,quay.io", [{ host: "mirror:5000" }, { host: "quay.io" }]],
  ["six=https://[::1]:5000/", [{ host: "[::1]:5000", scheme: "https" }]],
] as const) {
  test(`parseUpstream() reads ${text}`, () => {
    assert.deepEqual(parseUpstream(text), [{ name: text.split("=")[0], sources }]);
  });
}

test("parseUpstream() leaves the sources of a bare name to the configuration", () => {
  assert.deepEqual(parseUpstream("docker.io"), [{ name: "docker.io" }]);
  assert.deepEqual(parseUpstream("quay.io/org"), [{ name: "quay.io/org" }]);
});

for (const text of ["", "Docker.io", "a/", "/b", "a//b", "a=", "a=ftp://b", "a=b,,c"]) {
  test(`parseUpstream() refuses "${text}"`, () => {
    assert.throws(() => parseUpstream(text), /^InvalidArgumentError: Expected/);
  });
}

test("openRoutes() goes by the longest name that fits, and leaves the registry out of names there (J 38)", () => {
  using routes = openRoutes({
    upstreams: parseUpstream("quay.io/org=mirror:5000,quay.io", parseUpstream("quay.io")),
    tags: { kind: "fresh" },
    variables: {},
    log: silentLog,
  });
  const sourcesOf = (name: string) => {
    const route = routes.route(name);
    return [route?.repository, ...(route?.upstreams.map((upstream) => upstream.name) ?? [])];
  };
  assert.deepEqual(sourcesOf("quay.io/org/app"), ["org/app", "mirror:5000", "quay.io"]);
  assert.deepEqual(sourcesOf("quay.io/org/deep/app"), ["org/deep/app", "mirror:5000", "quay.io"]);
  assert.deepEqual(sourcesOf("quay.io/organic/app"), ["organic/app", "quay.io"]);
  assert.deepEqual(sourcesOf("quay.io/org"), ["org", "quay.io"]);
});

test("parseUpstream() adds up, and refuses a name that is there", () => {
  const first = parseUpstream("docker.io");
  assert.equal(parseUpstream("quay.io", first).length, 2);
  assert.throws(() => parseUpstream("docker.io=other", first), /"docker.io" is there twice/);
});

test("parseTagPolicy() reads words and durations", () => {
  assert.deepEqual(parseTagPolicy("fresh"), { kind: "fresh" });
  assert.deepEqual(parseTagPolicy("pinned"), { kind: "pinned" });
  assert.deepEqual(parseTagPolicy("10mins"), { kind: "cached", maximumAgeMs: 600_000 });
  assert.throws(() => parseTagPolicy("soon"), /Expected fresh, pinned or how long\. Expected a duration from 100ms/);
});

test("parsePinFlag() adds up, and says what is wrong with a pin", () => {
  const first = parsePinFlag("docker.io/library");
  assert.deepEqual(parsePinFlag("docker.io/library/redis:7", first).at(-1), {
    ...{ kind: "tag", repository: "docker.io/library/redis", tag: "7" },
  });
  assert.throws(() => parsePinFlag("Docker.io/library"), /^InvalidArgumentError: Cannot use repository "Docker.io/);
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

test("openRoutes() takes mirrors and tag policies from the configuration, and flags before it", async () => {
  await using folder = await openFixture();
  const path = join(folder.path, "config.yaml");
  writeFileSync(path, "registries: { quay.io: { mirrors: [m.lab], upstream: never, tags: pinned } }\n");
  const common = { variables: { MESOS_DOCKER_CONFIG: path }, log: silentLog };
  const [bare, named] = [parseUpstream("quay.io"), parseUpstream("quay.io=n.lab")];
  using configured = openRoutes({ ...common, upstreams: bare });
  using flagged = openRoutes({ ...common, upstreams: named, tags: { kind: "fresh" } });
  const routes = [configured, flagged].map(({ route }) => route("quay.io/org/app"));
  assert.deepEqual(
    routes.map((route) => route?.upstreams.map(({ name }) => name)),
    [["m.lab"], ["n.lab"]],
  );
  const [first, second] = routes.map((route) => route?.tags);
  assert.deepEqual(typeof first === "function" && first("v1"), { kind: "pinned" });
  assert.deepEqual(second, { kind: "fresh" });
});

test("openRoutes() keeps the limits of the configuration for sources that flags name, over all of them", async () => {
  await using folder = await openFixture();
  await using server = await openCrowdedServer();
  const { host } = server;
  const path = join(folder.path, "config.yaml");
  writeFileSync(path, `registries: { "${host}": { limits: { concurrency: 1 } } }\n`);
  using routes = openRoutes({
    upstreams: parseUpstream(`a=http://${host}`, parseUpstream(`b=http://${host}`)),
    ...{ variables: { MESOS_DOCKER_CONFIG: path }, log: silentLog },
  });
  const upstreams = ["a/app", "b/app"].flatMap((name) => routes.route(name)?.upstreams ?? []);
  assert.equal(upstreams.length, 2);
  const answers = await Promise.allSettled(upstreams.map(({ registry }) => registry.statManifest("app", "v1")));
  assert.deepEqual(
    answers.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.equal(server.most, 1);
});

for (const [what, upstream, config] of [
  ["a flag names", "a=", ""],
  ["the configuration names", "", "registries: { HOST: { tls: { off: true } } }\n"],
] as const) {
  test(`openRoutes() passes on at once how much patience a registry that ${what} asks for`, async () => {
    await using folder = await openFixture();
    await using server = await openFaultyServer((_request, response) =>
      answer(response, 429, { "retry-after": "30" }, "{}"),
    );
    const { host } = server;
    const path = join(folder.path, "config.yaml");
    writeFileSync(path, config.replace("HOST", JSON.stringify(host)));
    using routes = openRoutes({
      upstreams: upstream === "" ? [{ name: host }] : parseUpstream(`${upstream}http://${host}`),
      ...{ variables: { MESOS_DOCKER_CONFIG: path }, log: silentLog },
    });
    const [source] = routes.route(`${upstream === "" ? host : "a"}/app`)?.upstreams ?? [];
    await assert.rejects(async () => source?.registry.getManifest("app", "v1"), {
      code: "TOOMANYREQUESTS",
      retryAfterMs: 30_000,
    });
    assert.equal(server.seen.length, 1);
  });
}
