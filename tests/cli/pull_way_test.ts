import assert from "node:assert/strict";
import { test } from "node:test";
import { readPullWay } from "../../src/cli/pull_way.ts";
import { parseEngineAddress } from "../../src/docker/mod.ts";

const here = parseEngineAddress("unix:///run/docker.sock");
const there = parseEngineAddress("tcp://192.0.2.1:2375");

test("readPullWay() goes through the gateway for a daemon on this host, unless told otherwise", () => {
  assert.deepEqual(readPullWay(here, {}, {}), { way: "gateway" });
  assert.deepEqual(readPullWay(here, { MESOS_DOCKER_PULL: "daemon" }, {}), { way: "daemon" });
  assert.deepEqual(readPullWay(there, { MESOS_DOCKER_PULL: "gateway" }, {}), { way: "daemon" });
});

test("readPullWay() reads the form of layers, of a flag first", () => {
  const variables = { MESOS_DOCKER_LAYERS: "raw" };
  assert.deepEqual(readPullWay(here, variables, {}), { way: "gateway", layers: "raw" });
  assert.deepEqual(readPullWay(here, variables, { layers: "compressed" }), { way: "gateway", layers: "compressed" });
  assert.deepEqual(readPullWay(here, { MESOS_DOCKER_LAYERS: "" }, {}), { way: "gateway" });
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
    assert.throws(() => readPullWay(here, variables, {}), { name: "UsageError", message });
  });
}
