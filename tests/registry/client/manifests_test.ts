// Manifests that are not what they say, and registries that do less: contract B.3, B.6, J 34, 35.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { RegistryErrorCode } from "../../../registry/registry_error.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { failsWith } from "../conformance/failure.ts";
import { list, prepareImage, pushImage, randomBlob } from "../conformance/specimens.ts";
import { openFastClient } from "./fast_client.ts";
import { answer, type Fault, openFaultyServer } from "./faulty_server.ts";

const image = await prepareImage(memoryRegistry(), "n");
const { digest } = image.descriptor;
const other = randomBlob().descriptor.digest;
const type = { "content-type": mediaTypes.ociManifest };

const lies: readonly (readonly [
  string,
  string,
  Parameters<typeof answer>[2],
  string | Uint8Array,
  RegistryErrorCode,
])[] = [
  ["another digest than was asked for", other, type, image.bytes, "CORRUPT"],
  ["another digest than its header says", "v1", { ...type, "docker-content-digest": other }, image.bytes, "CORRUPT"],
  [
    "a digest in its header that is none",
    "v1",
    { ...type, "docker-content-digest": "nonsense" },
    image.bytes,
    "CORRUPT",
  ],
  [
    "another type than its header",
    "v1",
    { "content-type": mediaTypes.dockerManifest },
    image.bytes,
    "MANIFEST_INVALID",
  ],
  ["an index under an image's type", "v1", type, '{"schemaVersion":2,"manifests":[]}', "MANIFEST_INVALID"],
  ["a page of HTML", "v1", { "content-type": "text/html" }, "<html>log in</html>", "MANIFEST_INVALID"],
  [
    "schema 1",
    "v1",
    { "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" },
    "{}",
    "MANIFEST_INVALID",
  ],
  ["more than the maximum", "v1", type, Buffer.alloc(9 * 1024 * 1024, 32), "UNAVAILABLE"],
];
for (const [what, target, headers, body, code] of lies) {
  test(`getManifest() refuses ${what} (${what.includes("digest") ? "J 34" : "J 35"})`, async () => {
    await using server = await openFaultyServer((_request, response) => answer(response, 200, headers, body));
    using client = openFastClient(server.host, { retries: { attempts: 1 } });
    await failsWith(code, client.getManifest("n", target));
  });
}

test("getManifest() asks for all types that it knows, the OCI's first", async () => {
  await using server = await openFaultyServer((_request, response) => answer(response, 200, type, image.bytes));
  using client = openFastClient(server.host);
  assert.deepEqual((await client.getManifest("n", "v1")).descriptor, image.descriptor);
  const { accept = "" } = server.seen[0]?.headers ?? {};
  for (const one of [mediaTypes.ociIndex, mediaTypes.ociManifest, mediaTypes.dockerList, mediaTypes.dockerManifest]) {
    assert.ok(accept.includes(one));
  }
});

test("statManifest() reads the manifest where HEAD is refused or says too little", async () => {
  for (const [status, headers] of [
    [405, {}],
    [200, type],
    [200, { ...type, "docker-content-digest": "nonsense", "content-length": 3 }],
  ] as const) {
    const fault: Fault = (request, response) =>
      request.method === "HEAD" ? answer(response, status, headers) : answer(response, 200, type, image.bytes);
    await using server = await openFaultyServer(fault);
    using client = openFastClient(server.host);
    assert.deepEqual(await client.statManifest("n", "v1"), image.descriptor);
  }
});

test("statManifest() believes HEAD, and asks for nothing more", async () => {
  await using server = await openFaultyServer(() => "pass");
  const pushed = await pushImage(server.registry, "n", ["v1"]);
  using client = openFastClient(server.host);
  assert.deepEqual(await client.statManifest("n", "v1"), pushed.descriptor);
  assert.deepEqual(
    server.seen.map(({ method }) => method),
    ["HEAD"],
  );
});

test("pushManifest() sets several tags in one request where the registry knows how, and in one each where not", async () => {
  for (const [knows, requests] of [
    [true, 1],
    [false, 4],
  ] as const) {
    const fault: Fault = (request, _response) => {
      if (!knows) request.url = request.url?.replace(/\?.*/, "") ?? "";
      return "pass";
    };
    await using server = await openFaultyServer(fault);
    const ours = await prepareImage(server.registry, "n");
    using client = openFastClient(server.host);
    const tags = ["a", "b", "c"];
    const pushed = await client.pushManifest("n", ours.bytes, { mediaType: mediaTypes.ociManifest, tags });
    assert.deepEqual(pushed.tags, tags);
    assert.deepEqual(await list(server.registry.listTags("n")), tags);
    assert.equal(server.count(/^PUT/), requests);
  }
});

test("pushManifest() refuses bytes of another digest before it sends them", async () => {
  await using server = await openFaultyServer(() => "pass");
  using client = openFastClient(server.host);
  const options = { mediaType: mediaTypes.ociManifest, digest: other };
  await failsWith("DIGEST_INVALID", client.pushManifest("n", image.bytes, options));
  assert.equal(server.seen.length, 0);
});

test("an error that is no JSON keeps the beginning of its text, without markup", async () => {
  const body = `<html><h1>Go\taway\u0007</h1>${"x".repeat(500)}</html>`;
  await using server = await openFaultyServer((_request, response) => answer(response, 418, {}, body));
  using client = openFastClient(server.host);
  const error = await client.getManifest("n", digest).catch((caught) => caught);
  assert.equal(error.code, "UNKNOWN");
  assert.equal(error.status, 418);
  assert.match(error.message, /^Go away x+… \(127\.0\.0\.1:\d+ answered 418\)$/);
});

for (const [detail, told] of [
  ['"write /data: no space left on device"', "write /data: no space left on device"],
  ['{"DriverName":"filesystem"}', '{"DriverName":"filesystem"}'],
] as const) {
  test(`an error that a registry calls unknown is told with its detail: ${told}`, async () => {
    const body = `{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":${detail}}]}`;
    await using server = await openFaultyServer((_request, response) => answer(response, 500, {}, body));
    using client = openFastClient(server.host, { retries: { attempts: 1 } });
    const { message } = await client.getManifest("n", digest).catch((caught) => caught);
    assert.equal(message, `unknown error: ${told} (${server.host} answered 500)`);
  });
}

test("an error that a registry calls unknown is told without a detail that says nothing", async () => {
  const body = '{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{}}]}';
  await using server = await openFaultyServer((_request, response) => answer(response, 500, {}, body));
  using client = openFastClient(server.host, { retries: { attempts: 1 } });
  const { message } = await client.getManifest("n", digest).catch((caught) => caught);
  assert.equal(message, `unknown error (${server.host} answered 500)`);
});

const codes: readonly (readonly [number, string, RegistryErrorCode])[] = [
  [404, "", "MANIFEST_UNKNOWN"],
  [401, '{"errors":[{"code":"unauthorized","message":"no"}]}', "UNAUTHORIZED"],
  [403, "", "DENIED"],
  [404, '{"errors":[{"code":"NAME_UNKNOWN"}]}', "NAME_UNKNOWN"],
  [404, '{"errors":[{"code":"SOMETHING_NEW"}]}', "MANIFEST_UNKNOWN"],
  [404, '{"errors":[]}', "MANIFEST_UNKNOWN"],
  [429, "", "TOOMANYREQUESTS"],
  [501, "", "UNSUPPORTED"],
  [503, "null", "UNAVAILABLE"],
];
for (const [status, body, code] of codes) {
  test(`${status} with ${body || "nothing"} is ${code}`, async () => {
    await using server = await openFaultyServer((_request, response) => answer(response, status, {}, body));
    using client = openFastClient(server.host, { retries: { attempts: 1 } });
    await failsWith(code, client.getManifest("n", "v1"));
  });
}

test("an answer that tells nothing is told by what was asked for", async () => {
  await using server = await openFaultyServer((_request, response) => answer(response, 404));
  using client = openFastClient(server.host);
  const asked: readonly (readonly [Promise<unknown>, string])[] = [
    [client.statManifest("a/n", "v1"), 'look up manifest "v1" of "a/n"'],
    [client.getManifest("a/n", digest), `read manifest "${digest}" of "a/n"`],
    [client.statBlob("n", digest), `look up blob "${digest}" of "n"`],
    [client.getBlob("n", digest), `read blob "${digest}" of "n"`],
    [client.deleteManifest("n", digest), `delete manifest "${digest}" of "n"`],
    [client.startUpload("n"), 'begin an upload to "n"'],
    [client.ping(), "speak to the registry"],
  ];
  for (const [asking, doing] of asked) {
    await assert.rejects(asking, { message: `Cannot ${doing}: ${server.host} answered 404` });
  }
});
