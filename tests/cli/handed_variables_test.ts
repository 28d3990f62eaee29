import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { assertUsable, toHandedVariables } from "../../src/cli/handed_variables.ts";

test("toHandedVariables() gives executors all settings of their own, what names the daemon, and the proxies", () => {
  const known = {
    DOCKER_HOST: "tcp://10.0.0.1:2376",
    DOCKER_TLS_VERIFY: "1",
    DOCKER_CERT_PATH: "/certs",
    HTTPS_PROXY: "http://proxy.lab:3128",
    no_proxy: "lab",
    MESOS_DOCKER_CONFIG: "/c.yaml",
    MESOS_DOCKER_STATE: "/state",
    MESOS_DOCKER_PULL: "daemon",
    MESOS_DOCKER_LAYERS: "compressed",
    MESOS_DOCKER_STATISTICS_INTERVAL: "10secs",
  };
  const strange = { HOME: "/root", BUN_OPTIONS: "--inspect", MESOS_SLAVE_PID: "slave(1)@10.0.0.5:5051" };
  const unset = { MESOS_DOCKER_LOG: "", HTTP_PROXY: undefined };
  assert.deepEqual(toHandedVariables({ ...known, ...strange, ...unset }), known);
});

test("toHandedVariables() gives files as they are called where `run` was", () => {
  const handed = toHandedVariables({ MESOS_DOCKER_CONFIG: "config.yaml", MESOS_DOCKER_POLICY: "p/policy.yaml" });
  assert.deepEqual(handed, {
    MESOS_DOCKER_CONFIG: resolve("config.yaml"),
    MESOS_DOCKER_POLICY: resolve("p/policy.yaml"),
  });
});

for (const [variables, message] of [
  [{ MESOS_DOCKER_PULL: "us" }, 'MESOS_DOCKER_PULL is "us", expected gateway or daemon'],
  [{ MESOS_DOCKER_STATE: "state" }, 'MESOS_DOCKER_STATE is "state", expected an absolute path'],
  [{ DOCKER_HOST: "nonsense://" }, /^DOCKER_HOST: /],
] as const) {
  test(`assertUsable() refuses ${JSON.stringify(variables)} before anything is started`, () => {
    assert.throws(() => assertUsable(variables), { name: "UsageError", message });
  });
}

test("assertUsable() has nothing to say of an environment without settings", () => {
  assertUsable({ HOME: "/root" });
});
