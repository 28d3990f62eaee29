import assert from "node:assert/strict";
import { test } from "node:test";
import { openHostClient } from "../../src/images/host_client.ts";
import { isInsecure } from "../../src/images/insecure_registries.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { openFaultyServer } from "../registry/client/faulty_server.ts";
import { openProxyDouble } from "../registry/client/proxy_double.ts";

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
  test(`isInsecure() refuses the entry ${JSON.stringify(entry)}`, () => {
    assert.throws(
      () => isInsecure("a.lab", [entry]),
      /Cannot use insecure registry .*: expected HOST\[:PORT\] or ADDRESS/,
    );
  });
}

test("openHostClient() does without TLS for registries that are listed as insecure, and for no others (J 68)", async () => {
  await using server = await openFaultyServer(() => "pass");
  const routes = { "registry.lab:5000": server.host, "other.lab:5000": server.host };
  await using proxy = await openProxyDouble({ routes });
  const variables = { HTTP_PROXY: proxy.url.href, HTTPS_PROXY: proxy.url.href };
  const common = { variables, log: silentLog, insecure: ["registry.lab:5000"], retries: { attempts: 1 } };
  using listed = openHostClient("registry.lab:5000", common);
  await listed.ping();
  using other = openHostClient("other.lab:5000", common);
  await assert.rejects(other.ping(), { code: "UNAVAILABLE" });
  assert.equal(server.seen.length, 1);
});
