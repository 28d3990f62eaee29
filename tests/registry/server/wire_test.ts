// Every status and header that clients depend on: contract I.3 and I.4.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { prepareImage, pushImage, pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { ask } from "./raw_request.ts";
import { openTestServer } from "./test_server.ts";

const codeOf = (body: Buffer) => JSON.parse(body.toString()).errors[0].code;
const blob = randomBlob(3067);
const { digest } = blob.descriptor;

async function openServed() {
  const registry = memoryRegistry();
  await pushSpecimen(registry, "n", blob);
  const server = await openTestServer(registry);
  return { registry, host: server.host, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("GET /v2/ answers 200 and names the API", async () => {
  await using served = await openServed();
  for (const path of ["/v2/", "/v2"]) {
    const { status, headers, body } = await ask(served.host, "GET", path);
    assert.equal(status, 200);
    assert.equal(headers["docker-distribution-api-version"], "registry/2.0");
    assert.deepEqual(JSON.parse(body.toString()), {});
  }
});

test("HEAD and GET of a blob say what it is, and HEAD has no body", async () => {
  await using served = await openServed();
  for (const method of ["HEAD", "GET"]) {
    const { status, headers, body } = await ask(served.host, method, `/v2/n/blobs/${digest}`);
    assert.equal(status, 200);
    assert.equal(headers["content-length"], "3067");
    assert.equal(headers["docker-content-digest"], digest);
    assert.equal(headers["content-type"], "application/octet-stream");
    assert.equal(headers["accept-ranges"], "bytes");
    assert.deepEqual(body, method === "HEAD" ? Buffer.alloc(0) : Buffer.from(blob.bytes));
  }
});

const ranges: readonly (readonly [string, number, string | undefined])[] = [
  ["bytes=500-1499", 206, "bytes 500-1499/3067"],
  ["bytes=500-", 206, "bytes 500-3066/3067"],
  ["bytes=-500", 206, "bytes 2567-3066/3067"],
  ["bytes=2000-5000", 206, "bytes 2000-3066/3067"],
  ["bytes=500-0", 416, "bytes */3067"],
  ["bytes=5000-10000", 416, "bytes */3067"],
  ["bytes=0-1,5-6", 200, undefined],
  ["lines=0-1", 200, undefined],
];
for (const [range, expected, contentRange] of ranges) {
  test(`GET of a blob with Range ${range} answers ${expected}`, async () => {
    await using served = await openServed();
    const { status, headers, body } = await ask(served.host, "GET", `/v2/n/blobs/${digest}`, { headers: { range } });
    assert.equal(status, expected);
    assert.equal(headers["content-range"], contentRange);
    const [, first, last] = /bytes (\d+)-(\d+)/.exec(contentRange ?? "") ?? [undefined, "0", "3066"];
    if (status === 416) assert.equal(codeOf(body), "RANGE_INVALID");
    else assert.deepEqual(body, Buffer.from(blob.bytes.subarray(Number(first), Number(last) + 1)));
  });
}

test("an out-of-order chunk answers 416 with the session's place, and the session lives", async () => {
  await using served = await openServed();
  const { host } = served;
  const start = await ask(host, "POST", "/v2/n/blobs/uploads/", { body: new Uint8Array() });
  assert.equal(start.status, 202);
  let { location = "" } = start.headers;
  const other = randomBlob(3067);
  const patch = async (first: number, last: number, method = "PATCH", query = "") => {
    const body = other.bytes.subarray(first, last + 1);
    return await ask(host, method, location + query, { body, headers: { "content-range": `${first}-${last}` } });
  };
  const early = await patch(1024, 2047);
  assert.equal(early.status, 416);
  assert.ok(early.headers.location);
  assert.equal(codeOf(early.body), "RANGE_INVALID");
  assert.equal((await ask(host, "GET", location)).status, 204);
  const first = await patch(0, 1023);
  assert.equal(first.status, 202);
  assert.equal(first.headers.range, "0-1023");
  location = first.headers.location ?? "";
  assert.equal((await patch(0, 1023)).status, 416);
  const query = `?digest=${other.descriptor.digest}`;
  assert.equal((await patch(2048, 3066, "PUT", query)).status, 416);
  const status = await ask(host, "GET", location + query);
  assert.equal(status.status, 204);
  assert.equal(status.headers.range, "0-1023");
  assert.equal((await patch(1024, 2047)).headers.range, "0-2047");
  const end = await patch(2048, 3066, "PUT", query);
  assert.equal(end.status, 201);
  assert.equal(end.headers.location, `/v2/n/blobs/${other.descriptor.digest}`);
  assert.equal(end.headers["docker-content-digest"], other.descriptor.digest);
  assert.deepEqual((await ask(host, "GET", end.headers.location ?? "")).body, Buffer.from(other.bytes));
});

test("a chunk whose length is not its Content-Range's answers 400 SIZE_INVALID", async () => {
  await using served = await openServed();
  const { headers } = await ask(served.host, "POST", "/v2/n/blobs/uploads/", { body: new Uint8Array() });
  const chunk = { body: Buffer.from("abc"), headers: { "content-range": "0-9" } };
  const { status, body } = await ask(served.host, "PATCH", headers.location ?? "", chunk);
  assert.equal(status, 400);
  assert.equal(codeOf(body), "SIZE_INVALID");
  const nonsense = { body: Buffer.from("abc"), headers: { "content-range": "9-0" } };
  assert.equal(codeOf((await ask(served.host, "PATCH", headers.location ?? "", nonsense)).body), "BLOB_UPLOAD_INVALID");
});

test("a blob in one POST answers 201, mounts 201 or 202, a cancelled session 204 and then 404", async () => {
  await using served = await openServed();
  const { host } = served;
  const { bytes, descriptor } = randomBlob();
  const post = await ask(host, "POST", `/v2/m/blobs/uploads/?digest=${descriptor.digest}`, { body: bytes });
  assert.equal(post.status, 201);
  const bad = await ask(host, "POST", `/v2/m/blobs/uploads/?digest=${digest}`, { body: bytes });
  assert.equal(bad.status, 400);
  assert.equal(codeOf(bad.body), "DIGEST_INVALID");
  const mount = async (query: string) =>
    (await ask(host, "POST", `/v2/o/blobs/uploads/?${query}`, { body: new Uint8Array() })).status;
  assert.equal(await mount(`mount=${digest}&from=n`), 201);
  assert.equal(await mount(`mount=${descriptor.digest}`), 201);
  assert.equal(await mount(`mount=${randomBlob().descriptor.digest}&from=n`), 202);
  const { headers } = await ask(host, "POST", "/v2/o/blobs/uploads/", { body: new Uint8Array() });
  assert.equal((await ask(host, "DELETE", headers.location ?? "")).status, 204);
  const gone = await ask(host, "GET", headers.location ?? "");
  assert.equal(gone.status, 404);
  assert.equal(codeOf(gone.body), "BLOB_UPLOAD_UNKNOWN");
});

test("a manifest answers its type, digest and length exactly, by HEAD and GET", async () => {
  await using served = await openServed();
  const image = await prepareImage(served.registry, "n");
  const put = await ask(served.host, "PUT", "/v2/n/manifests/v1", {
    body: image.bytes,
    headers: { "content-type": mediaTypes.ociManifest },
  });
  assert.equal(put.status, 201);
  assert.equal(put.headers["docker-content-digest"], image.descriptor.digest);
  assert.equal(put.headers.location, `/v2/n/manifests/${image.descriptor.digest}`);
  for (const target of ["v1", image.descriptor.digest]) {
    for (const method of ["HEAD", "GET"]) {
      const { status, headers, body } = await ask(served.host, method, `/v2/n/manifests/${target}`);
      assert.equal(status, 200);
      assert.equal(headers["content-type"], mediaTypes.ociManifest);
      assert.equal(headers["content-length"], String(image.bytes.byteLength));
      assert.equal(headers["docker-content-digest"], image.descriptor.digest);
      assert.deepEqual(body, method === "HEAD" ? Buffer.alloc(0) : Buffer.from(image.bytes));
    }
  }
});

test("a manifest or blob that the client has already answers 304", async () => {
  await using served = await openServed();
  const { descriptor } = await pushImage(served.registry, "n", ["v1"]);
  for (const [path, tag] of [
    ["/v2/n/manifests/v1", descriptor.digest],
    [`/v2/n/blobs/${digest}`, digest],
  ]) {
    const { status, headers, body } = await ask(served.host, "GET", path ?? "", {
      headers: { "if-none-match": `"${tag}"` },
    });
    assert.equal(status, 304);
    assert.equal(headers["docker-content-digest"], tag);
    assert.equal(body.byteLength, 0);
  }
});

test("a manifest with a subject and tags answers OCI-Subject and OCI-Tag, and is among the referrers", async () => {
  await using served = await openServed();
  const subject = (await pushImage(served.registry, "n", ["v1"])).descriptor;
  const image = await prepareImage(served.registry, "n", { subject, artifactType: "a/b+c" });
  const path = `/v2/n/manifests/${image.descriptor.digest}?tag=x&tag=y`;
  const put = await ask(served.host, "PUT", path, {
    body: image.bytes,
    headers: { "content-type": mediaTypes.ociManifest },
  });
  assert.equal(put.headers["oci-subject"], subject.digest);
  assert.deepEqual(put.headers["oci-tag"], "x, y");
  const filtered = await ask(served.host, "GET", `/v2/n/referrers/${subject.digest}?artifactType=a%2Fb%2Bc`);
  assert.equal(filtered.headers["oci-filters-applied"], "artifactType");
  assert.equal(filtered.headers["content-type"], mediaTypes.ociIndex);
  assert.equal(JSON.parse(filtered.body.toString()).manifests.length, 1);
  const none = await ask(served.host, "GET", `/v2/none/referrers/${subject.digest}`);
  assert.equal(none.status, 200);
  const empty = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
  assert.deepEqual(JSON.parse(none.body.toString()), empty);
  assert.equal(none.headers["oci-filters-applied"], undefined);
});

test("tags and repositories come in pages with a Link to the next", async () => {
  await using served = await openServed();
  await pushImage(served.registry, "n", ["a", "b", "c", "d", "e"]);
  const seen: string[][] = [];
  let path: string | undefined = "/v2/n/tags/list?n=2";
  while (path !== undefined) {
    const { body, headers } = await ask(served.host, "GET", path);
    seen.push(JSON.parse(body.toString()).tags);
    path = /^<([^>]+)>; rel="next"$/.exec(String(headers.link ?? ""))?.[1];
  }
  assert.deepEqual(seen, [["a", "b"], ["c", "d"], ["e"]]);
  const none = await ask(served.host, "GET", "/v2/n/tags/list?n=0");
  assert.deepEqual(JSON.parse(none.body.toString()), { name: "n", tags: [] });
  const repositories = await ask(served.host, "GET", "/v2/_catalog");
  assert.deepEqual(JSON.parse(repositories.body.toString()), { repositories: ["n"] });
});

test("deletions answer 202, and 404 afterwards", async () => {
  await using served = await openServed();
  const { descriptor } = await pushImage(served.registry, "n", ["v1", "v2"]);
  for (const path of ["/v2/n/manifests/v1", `/v2/n/manifests/${descriptor.digest}`, `/v2/n/blobs/${digest}`]) {
    assert.equal((await ask(served.host, "DELETE", path)).status, 202);
    assert.equal((await ask(served.host, "HEAD", path)).status, 404);
    assert.equal((await ask(served.host, "DELETE", path)).status, 404);
  }
});
