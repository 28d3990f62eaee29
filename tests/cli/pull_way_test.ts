import assert from "node:assert/strict";
import { test } from "node:test";
import { type PullWishes, readPullWay } from "../../src/cli/pull_way.ts";
import { type EngineAddress, parseEngineAddress } from "../../src/docker/mod.ts";
import type { PullSettings } from "../../src/images/config/pull_way.ts";

const here = parseEngineAddress("unix:///run/docker.sock");
const there = parseEngineAddress("tcp://192.0.2.1:2375");

/** Asks for a daemon at an address, of variables, flags and configuration. */
function read(
  address: EngineAddress,
  variables: Record<string, string>,
  flags: PullWishes["flags"] = {},
  configured: PullSettings = {},
) {
  return readPullWay(address, { variables, flags, configured });
}

test("readPullWay() goes through the gateway for a daemon on this host, unless told otherwise", () => {
  assert.deepEqual(read(here, {}), { way: "gateway" });
  assert.deepEqual(read(here, { MESOS_DOCKER_PULL: "daemon" }), { way: "daemon" });
  assert.deepEqual(read(there, { MESOS_DOCKER_PULL: "gateway" }), { way: "daemon" });
});

test("readPullWay() reads the form of layers, of a flag first", () => {
  const variables = { MESOS_DOCKER_LAYERS: "raw" };
  assert.deepEqual(read(here, variables), { way: "gateway", layers: "raw" });
  assert.deepEqual(read(here, variables, { layers: "compressed" }), { way: "gateway", layers: "compressed" });
  assert.deepEqual(read(here, { MESOS_DOCKER_LAYERS: "" }), { way: "gateway" });
});

test("readPullWay() takes the configuration's word where neither flags nor variables say anything", () => {
  const configured = { way: "daemon" } as const;
  assert.deepEqual(read(here, {}, {}, configured), { way: "daemon" });
  assert.deepEqual(read(here, { MESOS_DOCKER_PULL: "gateway" }, {}, configured), { way: "gateway" });
  const layers = { layers: "raw" } as const;
  assert.deepEqual(read(here, {}, {}, layers), { way: "gateway", layers: "raw" });
  const compressed = { way: "gateway", layers: "compressed" };
  assert.deepEqual(read(here, { MESOS_DOCKER_LAYERS: "compressed" }, {}, layers), compressed);
  assert.deepEqual(read(here, { MESOS_DOCKER_LAYERS: "raw" }, { layers: "compressed" }, layers), compressed);
  assert.deepEqual(read(there, {}, {}, layers), { way: "daemon" }, "its layers are about the gateway");
});

test("readPullWay() refuses unpacked layers where the configuration has the daemon fetch by itself, and says so", () => {
  assert.throws(() => read(here, {}, { layers: "raw" }, { way: "daemon" }), {
    name: "UsageError",
    message:
      'Layers cannot be "raw" (MESOS_DOCKER_LAYERS, or --layers): the daemon fetches by itself, as pull.way of the configuration is "daemon"',
  });
});

for (const [variables, message] of [
  [{ MESOS_DOCKER_PULL: "us" }, 'MESOS_DOCKER_PULL is "us", expected gateway or daemon'],
  [{ MESOS_DOCKER_LAYERS: "flat" }, 'MESOS_DOCKER_LAYERS is "flat", expected compressed or raw'],
  [
    { MESOS_DOCKER_LAYERS: "raw", MESOS_DOCKER_PULL: "daemon" },
    'Layers cannot be "raw" (MESOS_DOCKER_LAYERS, or --layers): the daemon fetches by itself',
  ],
] as const) {
  test(`readPullWay() refuses ${JSON.stringify(variables)}`, () => {
    assert.throws(() => read(here, variables), { name: "UsageError", message });
  });
}
