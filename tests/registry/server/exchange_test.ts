import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import { jsonAnswer } from "../../../registry/server/answer.ts";
import type { Exchange, Served } from "../../../registry/server/exchange.ts";
import { pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { ask } from "./raw_request.ts";
import { openTestServer } from "./test_server.ts";

const blob = randomBlob(3067);
const { digest } = blob.descriptor;

test("a server tells of each request when it begins and when it is over, as one object that grows", async () => {
  const registry = memoryRegistry();
  await pushSpecimen(registry, "n", blob);
  const begun: { exchange: Exchange; atBegin: number }[] = [];
  const over: { served: Served; exchange: Exchange }[] = [];
  await using server = await openTestServer(registry, {
    admit: async () => "alice",
    onBegun: (exchange) => begun.push({ exchange, atBegin: exchange.sentBytes }),
    onServed: (served, exchange) => over.push({ served, exchange }),
  });
  await ask(server.host, "GET", `/v2/n/blobs/${digest}`, { headers: { "user-agent": "a client/1" } });
  await ask(server.host, "POST", `/v2/n/blobs/uploads/?digest=${digest}`, { body: blob.bytes });
  await ask(server.host, "GET", "/v2/Bad/tags/list");
  // An answer may be whole for the client before the server has seen its end.
  while (over.length < 3) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    begun.map(({ atBegin }) => atBegin),
    [0, 0, 0],
  );
  assert.deepEqual(
    over.map(({ exchange }) => exchange),
    begun.map(({ exchange }) => exchange),
  );
  const [pull, push, bad] = over.map(({ served }) => served);
  assert.deepEqual(
    [pull?.request?.kind, pull?.status, pull?.sentBytes, pull?.receivedBytes, pull?.expectedBytes, pull?.outcome],
    ["blob_get", 200, 3067, 0, 3067, "sent"],
  );
  assert.deepEqual([pull?.client, pull?.user, pull?.userAgent], ["127.0.0.1", "alice", "a client/1"]);
  assert.deepEqual([push?.request?.kind, push?.status, push?.receivedBytes], ["upload_blob", 201, 3067]);
  assert.deepEqual([bad?.request, bad?.status, bad?.user], [undefined, 400, undefined]);
});

test("what is beside the API is answered to whom is admitted, and the rest is not found", async () => {
  await using server = await openTestServer(memoryRegistry(), {
    beside: (path) => (path === "/page" ? async ({ method, url }) => jsonAnswer(200, { method, url }) : undefined),
    admit: async (authorization) => {
      if (authorization === "Basic eA==") return "x";
      throw new RegistryError("UNAUTHORIZED", "Cannot admit the request");
    },
  });
  const headers = { authorization: "Basic eA==" };
  const page = await ask(server.host, "GET", "/page?a=1", { headers });
  assert.deepEqual(JSON.parse(page.body.toString()), { method: "GET", url: "/page?a=1" });
  assert.equal(page.headers["docker-distribution-api-version"], undefined);
  const refused = await ask(server.host, "GET", "/page");
  assert.equal(refused.status, 401);
  assert.match(String(refused.headers["www-authenticate"]), /^Basic /);
  assert.equal((await ask(server.host, "GET", "/other", { headers })).status, 404);
});

test("a registry with too many requests can still be looked at beside the API", async () => {
  await using server = await openTestServer(memoryRegistry(), {
    maximumRequests: 0,
    beside: (path) => (path === "/page" ? async () => jsonAnswer(200, {}) : undefined),
  });
  assert.equal((await ask(server.host, "GET", "/v2/")).status, 429);
  assert.equal((await ask(server.host, "GET", "/page")).status, 200);
});

test("what fails beside the API is an error with its code", async () => {
  await using server = await openTestServer(memoryRegistry(), {
    beside: () => async () => {
      throw new Error("a fault");
    },
  });
  const { status, body } = await ask(server.host, "GET", "/page");
  assert.deepEqual([status, JSON.parse(body.toString()).errors[0].code], [500, "UNKNOWN"]);
});
