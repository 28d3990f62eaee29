import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { RegistryError } from "../../../registry/mod.ts";
import { parseReference } from "../../../registry/values/reference.ts";
import { ConfigFile } from "../../../src/images/config/config_file.ts";
import { HostLimits } from "../../../src/images/config/host_limits.ts";
import { openHostRoute, type RouteParts } from "../../../src/images/ensure/host_route.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { openCrowdedServer } from "../../registry/client/crowded_server.ts";
import { openTestServer } from "../../registry/server/test_server.ts";

async function withConfig<T>(
  text: string,
  use: (open: (image: string) => ReturnType<typeof openHostRoute>) => T,
  more: Pick<RouteParts, "findAuth"> = {},
) {
  await using fixture = await openFixture();
  const variables = { MESOS_DOCKER_CONFIG: await fixture.write("config.yaml", text) };
  const config = ConfigFile.open({ variables, log: silentLog });
  const limits = new HostLimits();
  const parts = { config, variables, log: silentLog, limits, ...more };
  return await use((image) => openHostRoute(parseReference(image), parts));
}

test("openHostRoute() asks the registry itself when the configuration says nothing of it", async () => {
  await withConfig("{}", (open) => {
    using route = open("reg.example/team/app:1");
    assert.equal(route.repository, "team/app");
    assert.deepEqual(
      route.upstreams.map(({ name }) => name),
      ["reg.example"],
    );
    assert.equal(route.direct, "allowed");
  });
});

test("openHostRoute() goes by mirrors, and keeps the daemon from a registry that is not to be asked", async () => {
  const text = `registries:
  reg.example:
    mirrors: [mirror.example]
    upstream: never
`;
  await withConfig(text, (open) => {
    using route = open("reg.example/team/app:1");
    assert.deepEqual(
      route.upstreams.map(({ name }) => name),
      ["mirror.example"],
    );
    assert.equal(route.direct, "forbidden");
  });
});

test("routes of several images keep the limits of a registry together", async () => {
  await using server = await openCrowdedServer();
  await withConfig(`registries: { "${server.host}": { limits: { concurrency: 1 } } }`, async (open) => {
    using one = open(`${server.host}/one`);
    using other = open(`${server.host}/other`);
    const asked = [one, other].flatMap(({ upstreams }) =>
      upstreams.map(({ registry }) => registry.statManifest("app", "v1")),
    );
    const answers = await Promise.allSettled(asked);
    assert.deepEqual(
      answers.map(({ status }) => status),
      ["rejected", "rejected"],
    );
  });
  assert.equal(server.most, 1);
});

/** What a registry is shown when this account is given, or none. */
async function listShown(text: (host: string) => string, username?: string): Promise<string[]> {
  const users = new Set<string>();
  await using server = await openTestServer(memoryRegistry(), {
    admit: async (authorization = "") => {
      const [user = ""] = atob(authorization.replace(/^Basic /, "")).split(":");
      if (user !== "") users.add(user);
      throw new RegistryError("UNAUTHORIZED", "nobody gets in");
    },
  });
  const findAuth: RouteParts["findAuth"] = async () =>
    username === undefined ? undefined : { kind: "password", username, password: "p", serverAddress: "" };
  const ask = async (open: (image: string) => ReturnType<typeof openHostRoute>) => {
    using route = open(`${server.host}/app`);
    for (const { registry } of route.upstreams) await assert.rejects(registry.statManifest("app", "v1"));
  };
  await withConfig(text(server.host), ask, { findAuth });
  return [...users];
}

test("openHostRoute() shows the credentials that are given, else what the configuration says", async () => {
  const configured = (credentials: string) => (host: string) =>
    `registries: { "${host}": { credentials: ${credentials} } }`;
  const account = configured("{ username: builds, password: p }");
  assert.deepEqual(await listShown(account, "task"), ["task"]);
  assert.deepEqual(await listShown(account), ["builds"]);
  assert.deepEqual(await listShown(configured("none")), []);
  assert.deepEqual(await listShown(() => "{}"), []);
});
