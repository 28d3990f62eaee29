import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/images/config/config.ts";
import { accessTo } from "../../src/images/config/registry_rules.ts";
import { openHostClient, toClientOptions } from "../../src/images/host_client.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { openFaultyServer } from "../registry/client/faulty_server.ts";
import { openProxyDouble } from "../registry/client/http/proxy_double.ts";

test("toClientOptions() has the times and the least rate that the configuration says", () => {
  const config = parseConfig("registries: { a.lab: { timeouts: { idle: 15secs, rate: 20k } } }", "config.yaml");
  const optionsOf = (host: string) =>
    toClientOptions(host, { variables: {}, log: silentLog, access: accessTo(config, host, "app") });
  const { idleTimeoutMs, minimumRate } = optionsOf("a.lab");
  assert.deepEqual(
    { idleTimeoutMs, minimumRate },
    { idleTimeoutMs: 15_000, minimumRate: { bytesPerSecond: 20_480, windowMs: 10_000 } },
  );
  assert.equal(optionsOf("b.lab").minimumRate, undefined);
});

test("openHostClient() goes through the proxy of the environment, but not to this machine (J 70)", async () => {
  await using server = await openFaultyServer(() => "pass");
  await using proxy = await openProxyDouble({ routes: { "registry.lab:5000": server.host } });
  const variables = { HTTP_PROXY: proxy.url.href };
  using far = openHostClient("registry.lab:5000", { variables, log: silentLog, scheme: "http" });
  await far.ping();
  assert.deepEqual(proxy.seen, ["GET http://registry.lab:5000/v2/ -"]);
  using near = openHostClient(server.host, { variables, log: silentLog, scheme: "http" });
  await near.ping();
  assert.equal(proxy.seen.length, 1);
  assert.equal(server.seen.length, 2);
});
