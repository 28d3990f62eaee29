import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReference } from "../../../registry/values/reference.ts";
import { ConfigFile } from "../../../src/images/config/config_file.ts";
import { HostLimits } from "../../../src/images/config/host_limits.ts";
import { openHostRoute } from "../../../src/images/ensure/host_route.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { openCrowdedServer } from "../../registry/client/crowded_server.ts";

async function withConfig<T>(text: string, use: (open: (image: string) => ReturnType<typeof openHostRoute>) => T) {
  await using fixture = await openFixture();
  const variables = { MESOS_DOCKER_CONFIG: await fixture.write("config.yaml", text) };
  const config = ConfigFile.open({ variables, log: silentLog });
  const limits = new HostLimits();
  const findAuth = () => Promise.resolve(undefined);
  const parts = { config, variables, log: silentLog, limits, findAuth };
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
