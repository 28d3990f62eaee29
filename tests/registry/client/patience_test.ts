// Waiting as long as a registry asks, and no longer for one than it is worth: contract B.8, J 15 to 17, 21, 22, 30.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RegistryError } from "../../../registry/registry_error.ts";
import { failsWith } from "../conformance/failure.ts";
import { collect, pushImage, pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { openFastClient } from "./fast_client.ts";
import { answer, cut, type Fault, openFaultyServer } from "./faulty_server.ts";
import { bearer } from "./token_rules.ts";

const blob = randomBlob(500_000);
const { digest, size } = blob.descriptor;
const bytes = Buffer.from(blob.bytes);

/** A blob that breaks off in its middle the first time; `meanwhile` happens before that. */
function halved(meanwhile: () => void = () => undefined): Fault & { sent(): number } {
  let sent = 0;
  const fault: Fault = (request, response) => {
    const half = size / 2;
    if (request.headers.range === undefined) {
      meanwhile();
      sent += half;
      return cut(response, 200, { "content-length": size }, bytes.subarray(0, half));
    }
    assert.equal(request.headers.range, `bytes=${half}-${size - 1}`);
    sent += half;
    const headers = { "content-range": `bytes ${half}-${size - 1}/${size}`, "content-length": half };
    return answer(response, 206, headers, bytes.subarray(half));
  };
  return Object.assign(fault, { sent: () => sent });
}

function both(first: Fault, second: Fault): Fault {
  return async (...call) => ((await first(...call)) === "done" ? "done" : second(...call));
}

test("a token that is used up in mid-pull is renewed, and no byte comes twice (J 15)", async () => {
  const content = halved();
  await using server = await openFaultyServer(both(bearer({ uses: 1 }), content));
  using client = openFastClient(server.host);
  await using blobContent = await client.getBlob("n", digest);
  assert.deepEqual(await collect(blobContent.body), bytes);
  assert.equal(content.sent(), size);
  assert.equal(server.count(/ \/token/), 2);
});

test("a token whose time ends during a blob does not end the transfer; what follows has a new one (J 16)", async () => {
  const content = halved(() => {
    client.clock.nowMs += 400_000;
  });
  await using server = await openFaultyServer(both(bearer({ expiresIn: 300 }), content));
  const client = openFastClient(server.host);
  using _client = client;
  await using blobContent = await client.getBlob("n", digest);
  assert.deepEqual(await collect(blobContent.body), bytes);
  assert.equal(content.sent(), size);
  const shown = server.seen.filter(({ url }) => url.includes("/blobs/")).map(({ headers }) => headers.authorization);
  assert.deepEqual(shown, [undefined, "Bearer token-1", "Bearer token-2"]);
});

test("a mount whose token has too few rights is tried once with those of the challenge, then uploaded (J 17)", async () => {
  const wanted = "repository:m:pull,push repository:n:pull";
  const poor: Fault = (request, response, { host }) => {
    if (!request.url?.includes("mount=")) return "pass";
    const challenge = `Bearer realm="http://${host}/token",service="svc",scope="${wanted}",error="insufficient_scope"`;
    return answer(response, 401, { "www-authenticate": challenge });
  };
  await using server = await openFaultyServer(both(poor, bearer()));
  await pushSpecimen(server.registry, "n", blob);
  using client = openFastClient(server.host);
  await client.statBlob("n", digest);
  const result = await client.mountBlob("m", digest, { from: "n" });
  assert.equal(result.kind, "upload");
  assert.equal(server.count(/^POST .*mount=/), 2);
  assert.equal(server.count(/^POST .*uploads\/$/), 1);
});

test("a manifest that is refused with Retry-After is asked for once more, not before (J 21)", async () => {
  await using server = await openFaultyServer((request, response, { count }) =>
    request.url?.includes("/manifests/") && count === 1 ? answer(response, 429, { "retry-after": "3" }) : "pass",
  );
  const { descriptor } = await pushImage(server.registry, "n", ["v1"]);
  using client = openFastClient(server.host);
  assert.deepEqual((await client.getManifest("n", "v1")).descriptor, descriptor);
  assert.equal(server.count(/manifests/), 2);
  const [wait = 0] = client.clock.waits;
  assert.ok(wait >= 3000 && wait < 4000, `${wait}`);
});

test("Retry-After may be a date (J 22)", async () => {
  const start = 1_700_000_000_000;
  await using server = await openFaultyServer((_request, response, { count }) =>
    count === 1 ? answer(response, 503, { "retry-after": new Date(start + 20_000).toUTCString() }) : "pass",
  );
  using client = openFastClient(server.host);
  await client.ping();
  assert.equal(client.clock.waits.length, 1);
  assert.ok((client.clock.waits[0] ?? 0) >= 20_000);
});

for (const [asked, told] of [
  ["86400", 86_400_000],
  ["999999999", 86_400_000],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 86_400_000],
  ["61", 61_000],
] as const) {
  test(`a Retry-After of ${asked} is not waited for, and told, up to a day (J 22)`, async () => {
    await using server = await openFaultyServer((_request, response) =>
      answer(response, 429, { "retry-after": asked }),
    );
    using client = openFastClient(server.host);
    const error = await client.getManifest("n", "v1").catch((caught) => caught);
    assert.ok(error instanceof RegistryError);
    assert.equal(error.code, "TOOMANYREQUESTS");
    assert.equal(error.retryAfterMs, told);
    assert.deepEqual(client.clock.waits, []);
    assert.equal(server.seen.length, 1);
  });
}

const minimumRate = { bytesPerSecond: 1000, windowMs: 3000 };

test("a source that brings less than the minimum rate fails, so that another can be asked (J 30)", async () => {
  await using server = await openFaultyServer((_request, response) => {
    response.writeHead(200, { "content-length": size });
    const trickle = setInterval(() => {
      client.clock.nowMs += 1000;
      response.write(Buffer.alloc(100));
    }, 5);
    response.on("close", () => clearInterval(trickle));
    return "done";
  });
  const client = openFastClient(server.host, { minimumRate });
  using _client = client;
  await using content = await client.getBlob("n", digest);
  const error = await collect(content.body).catch((caught) => caught);
  assert.equal(error.code, "UNAVAILABLE");
  assert.match(error.message, /found \d+ bytes a second, expected 1000$/);
  assert.equal(server.seen.length, 1, "it is not asked again");
});

test("a reader that is slow itself is not held against the source (J 30)", async () => {
  await using server = await openFaultyServer((_request, response) =>
    answer(response, 200, { "content-length": size }, bytes),
  );
  using client = openFastClient(server.host, { minimumRate });
  await using content = await client.getBlob("n", digest);
  let got = 0;
  for await (const piece of content.body) {
    got += piece.byteLength;
    client.clock.nowMs += 1_000_000;
  }
  assert.equal(got, size);
});

test("a blob that is wrong wherever it is read is CORRUPT, and not asked for again (J 32)", async () => {
  const wrong = Buffer.alloc(size);
  await using server = await openFaultyServer((_request, response) =>
    answer(response, 200, { "content-length": size }, wrong),
  );
  using client = openFastClient(server.host);
  await using content = await client.getBlob("n", digest);
  await failsWith("CORRUPT", collect(content.body));
  assert.equal(server.seen.length, 1);
});

test("a token that ends as a blob is pushed is renewed, and the blob sent again (J 15)", async () => {
  const tokens = bearer({ uses: 2 });
  let refused = 0;
  const fault: Fault = async (request, response, at) => {
    const outcome = await tokens(request, response, at);
    if (outcome === "done" && request.method === "PUT") refused += 1;
    return outcome;
  };
  await using server = await openFaultyServer(fault);
  using client = openFastClient(server.host);
  const from = async function* (first: number) {
    yield bytes.subarray(first);
  };
  await client.startUpload("n");
  await client.pushBlob("n", { digest, size }, from);
  assert.equal(refused, 1);
  assert.deepEqual((await server.registry.statBlob("n", digest)).size, size);
});

test("a push that is not let in with a new token either fails (J 15)", async () => {
  const tokens = bearer();
  const fault: Fault = async (request, response, at) => {
    if (request.method !== "PUT") return await tokens(request, response, at);
    request.resume();
    const challenge = `Bearer realm="http://${at.host}/token",service="svc"`;
    return answer(response, 401, { "www-authenticate": challenge });
  };
  await using server = await openFaultyServer(fault);
  using client = openFastClient(server.host);
  const from = async function* (first: number) {
    yield bytes.subarray(first);
  };
  await failsWith("UNAUTHORIZED", client.pushBlob("n", { digest, size }, from));
  assert.equal(server.count(/^PUT/), 2);
});
