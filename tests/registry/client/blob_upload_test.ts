// Uploads to registries that break off, move and forget: contract B.6.
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { failsWith } from "../conformance/failure.ts";
import { collect, pieces, randomBlob } from "../conformance/specimens.ts";
import { openFastClient } from "./fast_client.ts";
import { answer, type Fault, openFaultyServer } from "./faulty_server.ts";

const blob = randomBlob(600_000);
const { bytes, descriptor } = blob;
const from = (first: number) => pieces(bytes.subarray(first), 50_000);

test("a whole blob costs two requests, and states its length", async () => {
  await using server = await openFaultyServer(() => "pass");
  using client = openFastClient(server.host);
  await client.pushBlob("n", descriptor, from(0));
  assert.deepEqual(
    server.seen.map(({ method }) => method),
    ["POST", "PUT"],
  );
  assert.equal(server.seen[1]?.headers["content-length"], "600000");
});

/** Breaks the connection of the first PUT, as if the registry had written `written` bytes before. */
function breakOnce(written = 200_000): Fault {
  let puts = 0;
  return async (request, _response, { host }) => {
    if (request.method !== "PUT" || puts++ > 0) return "pass";
    let taken = 0;
    const part: Uint8Array[] = [];
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      part.push(piece as Uint8Array);
      taken += (piece as Uint8Array).byteLength;
      if (taken >= written) break;
    }
    const body = Buffer.concat(part).subarray(0, written);
    await fetch(`http://${host}${request.url?.replace(/\?.*/, "")}`, { method: "PATCH", body });
    request.socket.destroy();
    return "done";
  };
}

/** A body that tells from where it was wanted. */
function tellingBody(): { begun: number[]; body: (first: number) => AsyncIterable<Uint8Array> } {
  const begun: number[] = [];
  const body = (first: number) => {
    begun.push(first);
    return from(first);
  };
  return { begun, body };
}

async function assertHolds(registry: Registry): Promise<void> {
  await using content = await registry.getBlob("n", descriptor.digest);
  assert.deepEqual(await collect(content.body), Buffer.from(bytes));
}

test("an upload that breaks goes on from where the registry stands", async () => {
  await using server = await openFaultyServer(breakOnce());
  using client = openFastClient(server.host);
  const { begun, body } = tellingBody();
  await client.pushBlob("n", descriptor, body);
  assert.deepEqual(begun, [0, 200_000]);
  await assertHolds(server.registry);
});

test("an upload that breaks behind its last byte sends none again", async () => {
  await using server = await openFaultyServer(breakOnce(600_000));
  using client = openFastClient(server.host);
  const { begun, body } = tellingBody();
  assert.deepEqual(await client.pushBlob("n", descriptor, body), descriptor);
  assert.deepEqual(begun, [0]);
  await assertHolds(server.registry);
});

const uploadStatus = /^GET .*uploads/;

for (const [what, answerStatus] of [
  [
    "refuses the place that it told first, as distribution does",
    (response) => answer(response, 404, {}, '{"errors":[{"code":"BLOB_UPLOAD_INVALID"}]}'),
  ],
  ["has forgotten the session", (response) => answer(response, 404)],
  ["tells no Range", (response, url) => answer(response, 204, { location: url })],
  ["holds one byte or none", (response, url) => answer(response, 204, { location: url, range: "0-0" })],
  ["holds more than there is", (response, url) => answer(response, 204, { location: url, range: "0-600000" })],
  ["knows no such question", (response) => answer(response, 405)],
] as [string, (response: ServerResponse, url: string) => "done"][]) {
  test(`an upload that breaks begins again in a new session when the registry ${what}`, async () => {
    const broken = breakOnce();
    const fault: Fault = (request, response, at) =>
      uploadStatus.test(`${request.method} ${request.url}`)
        ? answerStatus(response, request.url ?? "")
        : broken(request, response, at);
    await using server = await openFaultyServer(fault);
    using client = openFastClient(server.host);
    const { begun, body } = tellingBody();
    await client.pushBlob("n", descriptor, body);
    assert.deepEqual(begun, [0, 0]);
    assert.equal(server.count(/^POST/), 2);
    await assertHolds(server.registry);
  });
}

for (const [title, wrongOnes, begun] of [
  ["begins again", 1, [0, 200_000, 0, 200_000]],
  ["fails when it does so a second time", 2, [0, 200_000, 0, 200_000]],
] as const) {
  test(`an upload that goes on and comes out wrong ${title}`, async () => {
    let puts = 0;
    let fault = breakOnce();
    const breakingTwice: Fault = async (request, response, at) => {
      if (request.method !== "PUT") return "pass";
      puts += 1;
      if (puts === 3) fault = breakOnce();
      if ((await fault(request, response, at)) === "done") return "done";
      if (puts > 2 * wrongOnes) return "pass";
      for await (const _ of request);
      return answer(response, 400, {}, '{"errors":[{"code":"DIGEST_INVALID"}]}');
    };
    await using server = await openFaultyServer(breakingTwice);
    using client = openFastClient(server.host);
    const told = tellingBody();
    const pushing = client.pushBlob("n", descriptor, told.body);
    if (wrongOnes === 1) await pushing;
    else await failsWith("DIGEST_INVALID", pushing);
    assert.deepEqual(told.begun, begun);
    assert.equal(server.count(/^POST/), 2);
  });
}

test("an upload of a body that can be read once fails when it breaks, and is cancelled", async () => {
  await using server = await openFaultyServer(breakOnce());
  using client = openFastClient(server.host);
  await failsWith("UNAVAILABLE", client.pushBlob("n", descriptor, from(0)));
  assert.equal(server.count(/^DELETE/), 1);
});

test("a source that fails is the caller's own error", async () => {
  await using server = await openFaultyServer(() => "pass");
  using client = openFastClient(server.host);
  const own = new Error("the disk is gone");
  async function* failing() {
    yield bytes.subarray(0, 1000);
    throw own;
  }
  await assert.rejects(client.pushBlob("n", descriptor, failing()), own);
});

test("a registry that answers before it has read all is heard", async () => {
  const fault: Fault = (request, response) =>
    request.method === "PUT"
      ? answer(response, 403, { connection: "close" }, '{"errors":[{"code":"DENIED"}]}')
      : "pass";
  await using server = await openFaultyServer(fault);
  using client = openFastClient(server.host);
  await failsWith(["DENIED", "UNAVAILABLE"], client.pushBlob("n", descriptor, from(0)));
});

test("a Location elsewhere, with a cursor in its query, is used as it is, and shown no token", async () => {
  const storage = memoryRegistry();
  await using elsewhere = await openFaultyServer((request) => {
    request.url = (request.url ?? "").replace("state=a%2Fb&", "");
    return "pass";
  }, storage);
  const upload = await storage.startUpload("n");
  const location = `http://${elsewhere.host}/v2/n/blobs/uploads/${upload.id}?state=a%2Fb`;
  const fault: Fault = (request, response) =>
    request.method === "POST" ? answer(response, 202, { location, "content-length": 0 }) : "pass";
  await using server = await openFaultyServer(fault);
  using client = openFastClient(server.host);
  await client.pushBlob("n", descriptor, from(0));
  assert.deepEqual(await storage.statBlob("n", descriptor.digest), descriptor);
  assert.match(elsewhere.seen[0]?.url ?? "", /\?state=a%2Fb&digest=sha256:/);
});

test("an upload without a Location cannot go on", async () => {
  for (const headers of [{}, { location: "http://" }]) {
    await using server = await openFaultyServer((_request, response) => answer(response, 202, headers));
    using client = openFastClient(server.host);
    await failsWith("UNAVAILABLE", client.startUpload("n"));
  }
});

test("an upload's id leads to no other host", async () => {
  await using server = await openFaultyServer(() => "pass");
  using client = openFastClient(server.host);
  for (const location of ["http://127.0.0.2:1/v2/n/blobs/uploads/x", "//127.0.0.2:1/x", "v2/x"]) {
    const id = Buffer.from(location).toString("base64url");
    await failsWith("BLOB_UPLOAD_UNKNOWN", client.resumeUpload("n", id));
  }
  assert.equal(server.seen.length, 0);
});

test("the least size of a piece is the registry's to say", async () => {
  const fault: Fault = (request, response) =>
    request.method === "POST"
      ? answer(response, 202, { location: "/v2/n/blobs/uploads/x", "oci-chunk-min-length": 5_000_000 })
      : "pass";
  await using server = await openFaultyServer(fault);
  using client = openFastClient(server.host);
  assert.equal((await client.startUpload("n")).minimumChunkBytes, 5_000_000);
});

test("POST is not repeated after a failure of the registry, but after its plea for patience", async () => {
  for (const [status, posts] of [
    [500, 1],
    [429, 3],
  ] as const) {
    const fault: Fault = (_request, response, { count }) => (count < 3 ? answer(response, status) : "pass");
    await using server = await openFaultyServer(fault);
    using client = openFastClient(server.host);
    await client.startUpload("n").catch(() => undefined);
    assert.equal(server.seen.length, posts);
  }
});

test("an upload is begun again when the answer to its beginning is lost, and no more often than anything else", async () => {
  for (const [lost, posts] of [
    [1, 2],
    [9, 5],
  ] as const) {
    let count = 0;
    const fault: Fault = (request) => {
      if (request.method !== "POST" || count >= lost) return "pass";
      count += 1;
      request.socket.destroy();
      return "done";
    };
    await using server = await openFaultyServer(fault);
    using client = openFastClient(server.host);
    const pushing = client.pushBlob("n", descriptor, from);
    if (lost === 1) await pushing;
    else await failsWith("UNAVAILABLE", pushing);
    assert.equal(server.count(/^POST/), posts);
  }
});
