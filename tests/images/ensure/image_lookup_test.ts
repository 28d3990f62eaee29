import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { parseReference } from "../../../registry/values/reference.ts";
import { HostLimits } from "../../../src/images/config/host_limits.ts";
import { openHostRoute } from "../../../src/images/ensure/host_route.ts";
import { ImageLookup } from "../../../src/images/ensure/image_lookup.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { pushImage } from "../../registry/conformance/specimens.ts";
import { openTestServer } from "../../registry/server/test_server.ts";

const { signal } = new AbortController();
const amd64 = { os: "linux", architecture: "amd64" };

test("ImageLookup asks a mirror for nothing but what it is configured for", async () => {
  const [current, stale] = [memoryRegistry(), memoryRegistry()];
  const image = await pushImage(current, "app", ["v1"]);
  await pushImage(stale, "app", ["v1"]);
  await using itself = await openTestServer(current);
  const asked: string[] = [];
  await using mirror = await openTestServer(stale, { onServed: ({ url }) => asked.push(url) });
  await using fixture = await openFixture();
  const text = `registries: { "${itself.host}": { mirrors: [{ address: "http://${mirror.host}", capabilities: [blobs] }] } }`;
  const variables = { MESOS_DOCKER_CONFIG: await fixture.write("config.yaml", text) };
  const findAuth = () => Promise.resolve(undefined);
  const parts = { variables, log: silentLog, limits: new HostLimits(), findAuth };
  using route = openHostRoute(parseReference(`${itself.host}/app:v1`), parts);
  using lookup = new ImageLookup("app", route);
  assert.equal((await lookup.stat("v1", { signal })).digest, image.descriptor.digest);
  const { manifest } = await lookup.resolve("v1", amd64, { signal });
  assert.deepEqual(asked, []);
  await lookup.readConfig(manifest, { signal });
  assert.deepEqual(asked, [`/v2/app/blobs/${manifest.config.digest}`]);
});
