import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { RegistryError } from "../../../registry/registry_error.ts";
import { unsupportedRegistry } from "../../../registry/unsupported_registry.ts";
import { ask } from "./raw_request.ts";
import { openTestServer } from "./test_server.ts";

test("a request above the maximum is told to come back, and the next one after an end is served", async () => {
  const begun = Promise.withResolvers<void>();
  const going = Promise.withResolvers<never>();
  const registry = unsupportedRegistry({
    statManifest: () => {
      begun.resolve();
      return going.promise;
    },
  });
  await using server = await openTestServer(registry, { maximumRequests: 1 });
  const first = ask(server.host, "HEAD", "/v2/n/manifests/v1");
  await begun.promise;
  const second = await ask(server.host, "GET", "/v2/");
  assert.equal(second.status, 429);
  assert.equal(second.headers["retry-after"], "1");
  assert.equal(JSON.parse(second.body.toString()).errors[0].code, "TOOMANYREQUESTS");
  going.reject(new RegistryError("MANIFEST_UNKNOWN", "Cannot find it"));
  assert.equal((await first).status, 404);
  assert.equal((await ask(server.host, "GET", "/v2/")).status, 200);
});

test("a request that was refused takes no place while its client goes on sending", async () => {
  const begun = Promise.withResolvers<void>();
  const going = Promise.withResolvers<never>();
  const registry = unsupportedRegistry({
    statManifest: () => {
      begun.resolve();
      return going.promise;
    },
  });
  await using server = await openTestServer(registry, { maximumRequests: 1 });
  const first = ask(server.host, "HEAD", "/v2/n/manifests/v1");
  await begun.promise;
  const endless = http.request(`http://${server.host}/v2/n/blobs/uploads/1`, { method: "PATCH", agent: false });
  endless.on("error", () => undefined);
  try {
    const refused = new Promise<http.IncomingMessage>((resolve) => endless.on("response", resolve));
    endless.write(Buffer.alloc(1000));
    assert.equal((await refused).statusCode, 429);
    going.reject(new RegistryError("MANIFEST_UNKNOWN", "Cannot find it"));
    assert.equal((await first).status, 404);
    assert.equal((await ask(server.host, "GET", "/v2/")).status, 200);
  } finally {
    endless.destroy();
  }
});
