// What goes wrong, as clients are told of it: contract B.7 and I.4.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import type { Served } from "../../../registry/server/exchange.ts";
import { unsupportedRegistry } from "../../../registry/unsupported_registry.ts";
import { pushImage, pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { ask } from "./raw_request.ts";
import { openTestServer } from "./test_server.ts";

const codeOf = (body: Buffer) => JSON.parse(body.toString()).errors[0].code;
const blob = randomBlob(3067);
const { digest } = blob.descriptor;

async function openServed() {
  const registry = memoryRegistry();
  await pushSpecimen(registry, "n", blob);
  return await openTestServer(registry);
}

const errors: readonly (readonly [string, string, number, string])[] = [
  ["GET", `/v2/n/blobs/${randomBlob().descriptor.digest}`, 404, "BLOB_UNKNOWN"],
  ["GET", "/v2/n/manifests/.INVALID_MANIFEST_NAME", 404, "MANIFEST_UNKNOWN"],
  ["GET", "/v2/n/manifests/sha256:totallywrong", 400, "DIGEST_INVALID"],
  ["PUT", "/v2/n/manifests/sha256:baddigeststring", 400, "DIGEST_INVALID"],
  ["PUT", "/v2/n/manifests/v1", 400, "MANIFEST_INVALID"],
  ["GET", "/v2/none/tags/list", 404, "NAME_UNKNOWN"],
  ["GET", "/v2/Upper/tags/list", 400, "NAME_INVALID"],
  ["GET", "/v2/n/tags/list?n=x", 400, "PAGINATION_NUMBER_INVALID"],
  ["GET", "/", 404, "NAME_UNKNOWN"],
  ["POST", "/v2/n/manifests/v1", 405, "UNSUPPORTED"],
];
for (const [method, path, expected, code] of errors) {
  test(`${method} ${path.slice(0, 45)} answers ${expected} ${code} as JSON`, async () => {
    await using served = await openServed();
    const { status, body, headers } = await ask(served.host, method, path);
    assert.equal(status, expected);
    assert.equal(headers["content-type"], "application/json");
    assert.equal(codeOf(body), code);
  });
}

test("HEAD of what is not there answers 404 without a body", async () => {
  await using served = await openServed();
  const { status, body } = await ask(served.host, "HEAD", "/v2/n/manifests/none");
  assert.equal(status, 404);
  assert.equal(body.byteLength, 0);
});

test("a manifest above the maximum answers 413, stated or not", async () => {
  await using server = await openTestServer(memoryRegistry(), { maximumManifestBytes: 10 });
  const stated = await ask(server.host, "PUT", "/v2/n/manifests/v1", { body: Buffer.alloc(11) });
  assert.equal(stated.status, 413);
  const chunked = { headers: { "transfer-encoding": "chunked" } };
  const { status } = await ask(server.host, "PUT", "/v2/n/manifests/v1", { body: Buffer.alloc(11), ...chunked });
  assert.equal(status, 413);
});

test("an error of the registry keeps its detail and its patience, and another one is 500 UNKNOWN", async () => {
  const registry = unsupportedRegistry({
    statBlob: async () => {
      throw new RegistryError("TOOMANYREQUESTS", "Cannot do it now", { retryAfterMs: 2500, detail: { queue: 7 } });
    },
    getManifest: async () => {
      throw new TypeError("a fault");
    },
  });
  await using server = await openTestServer(registry);
  const head = await ask(server.host, "HEAD", `/v2/n/blobs/${digest}`);
  assert.equal(head.status, 429);
  assert.equal(head.headers["retry-after"], "3");
  const fault = await ask(server.host, "GET", "/v2/n/manifests/v1");
  assert.equal(fault.status, 500);
  assert.equal(codeOf(fault.body), "UNKNOWN");
  assert.equal((await ask(server.host, "GET", "/v2/n/tags/list")).status, 405);
});

test("a blob that breaks on its way breaks the connection, and is told as broken", async () => {
  const served: Served[] = [];
  const source = unsupportedRegistry({
    getBlob: async () => ({
      descriptor: blob.descriptor,
      body: (async function* () {
        yield blob.bytes.subarray(0, 1000);
        throw new RegistryError("CORRUPT", "Cannot go on");
      })(),
      [Symbol.asyncDispose]: async () => undefined,
    }),
  });
  await using server = await openTestServer(source, { onServed: (one) => served.push(one) });
  await assert.rejects(ask(server.host, "GET", `/v2/n/blobs/${digest}`));
  assert.deepEqual(
    served.map(({ status, outcome, method, fault }) => [status, outcome, method, fault]),
    [[200, "broken", "GET", "Cannot go on"]],
  );
});

test("why a request failed is told to who runs the server", async () => {
  const served: Served[] = [];
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const store = unsupportedRegistry({ statBlob: () => Promise.reject(full) });
  await using server = await openTestServer(store, { onServed: (one) => served.push(one) });
  assert.equal((await ask(server.host, "HEAD", `/v2/n/blobs/${digest}`)).status, 500);
  assert.deepEqual(
    served.map(({ fault }) => fault),
    [full.message],
  );
});

test("?ns= chooses a registry, and the answer says which", async () => {
  const hub = memoryRegistry();
  await pushImage(hub, "n", ["v1"]);
  const forNamespace = (namespace: string) => (namespace === "docker.io" ? hub : undefined);
  await using server = await openTestServer(memoryRegistry(), { forNamespace });
  const found = await ask(server.host, "HEAD", "/v2/n/manifests/v1?ns=docker.io");
  assert.equal(found.status, 200);
  assert.equal(found.headers["oci-namespace"], "docker.io");
  assert.equal((await ask(server.host, "HEAD", "/v2/n/manifests/v1?ns=quay.io")).status, 404);
  assert.equal((await ask(server.host, "HEAD", "/v2/n/manifests/v1")).status, 404);
});
