import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/images/config/config.ts";
import { accessTo } from "../../src/images/config/registry_rules.ts";
import { openHostClient } from "../../src/images/host_client.ts";
import { isInsecure } from "../../src/images/insecure_registries.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { openFaultyServer } from "../registry/client/faulty_server.ts";
import { openProxyDouble } from "../registry/client/http/proxy_double.ts";

const rows: readonly (readonly [host: string, entries: string[], insecure: boolean])[] = [
  ["localhost", [], true],
  ["localhost:5000", [], true],
  ["127.0.0.1:5000", [], true],
  ["127.8.9.1", [], true],
  ["[::1]:5000", [], true],
  ["registry.lab", [], false],
  ["localhost.lab", [], false],
  ["registry.lab", ["registry.lab"], true],
  ["registry.lab:5000", ["registry.lab"], false],
  ["registry.lab:5000", ["Registry.lab:5000"], true],
  ["sub.registry.lab", ["registry.lab"], false],
  ["10.1.2.3:5000", ["10.0.0.0/8"], true],
  ["11.1.2.3:5000", ["10.0.0.0/8", "11.0.0.0/16"], false],
  ["[fd00::1]:5000", ["fd00::/8"], true],
  ["[fe80::1]", ["fd00::/8"], false],
  ["registry.lab", ["0.0.0.0/0"], false],
];
for (const [host, entries, insecure] of rows) {
  test(`isInsecure() says ${insecure} of ${host} with ${JSON.stringify(entries)} (J 68)`, () => {
    assert.equal(isInsecure(host, entries), insecure);
  });
}

for (const entry of ["http://registry.lab", "registry.lab/a", "", "10.0.0.0/33", "a b"]) {
  test(`parseConfig() refuses the insecure registry ${JSON.stringify(entry)}`, () => {
    assert.throws(
      () => parseConfig(`insecure: [lab, ${JSON.stringify(entry)}]`, "config.yaml"),
      /line 1: "insecure\[1\]" is ".*", expected HOST\[:PORT\] or ADDRESS\/BITS/,
    );
  });
}

test("openHostClient() does without TLS for registries that are listed as insecure, and for no others (J 68)", async () => {
  await using server = await openFaultyServer(() => "pass");
  const routes = { "registry.lab:5000": server.host, "other.lab:5000": server.host };
  await using proxy = await openProxyDouble({ routes });
  const variables = { HTTP_PROXY: proxy.url.href, HTTPS_PROXY: proxy.url.href };
  const config = parseConfig("insecure: [registry.lab:5000]", "config.yaml");
  const open = (host: string) =>
    openHostClient(host, { variables, log: silentLog, access: accessTo(config, host, ""), retries: { attempts: 1 } });
  using listed = open("registry.lab:5000");
  await listed.ping();
  using other = open("other.lab:5000");
  await assert.rejects(other.ping(), { code: "UNAVAILABLE" });
  assert.equal(server.seen.length, 1);
});
