// Lists of registries that page, filter and lie in their own ways: contract B.4.
import assert from "node:assert/strict";
import { test } from "node:test";
import { referrersTagOf } from "../../../registry/client/referrers_tag.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { failsWith } from "../conformance/failure.ts";
import { indexOf, list, pushImage, pushManifest, randomBlob } from "../conformance/specimens.ts";
import { openFastClient } from "./fast_client.ts";
import { answer, type Fault, openFaultyServer } from "./faulty_server.ts";

const { digest } = randomBlob().descriptor;
const page = (tags: unknown) => JSON.stringify({ name: "n", tags });

for (const form of ["relative", "absolute", "of a query alone"]) {
  test(`listTags() follows a Link that is ${form}, as it is spelled`, async () => {
    const fault: Fault = (request, response, { host }) => {
      if (request.url?.includes("cursor=b%2Fc")) return answer(response, 200, {}, page(["c"]));
      const paths = {
        relative: "/v2/n/tags/list?cursor=b%2Fc",
        absolute: `http://${host}/v2/n/tags/list?cursor=b%2Fc`,
      };
      const target = form === "relative" || form === "absolute" ? paths[form] : "?cursor=b%2Fc";
      return answer(response, 200, { link: `<${target}>; rel="next"` }, page(["a", "b"]));
    };
    await using server = await openFaultyServer(fault);
    using client = openFastClient(server.host);
    assert.deepEqual(await list(client.listTags("n")), ["a", "b", "c"]);
  });
}

test("listTags() reads no further than its reader", async () => {
  const fault: Fault = (request, response) => {
    const at = Number(/last=(\d+)/.exec(request.url ?? "")?.[1] ?? 0);
    return answer(response, 200, { link: `</v2/n/tags/list?last=${at + 1}>; rel="next"` }, page([`t${at}`]));
  };
  await using server = await openFaultyServer(fault);
  using client = openFastClient(server.host);
  for await (const tag of client.listTags("n")) if (tag === "t2") break;
  assert.equal(server.seen.length, 3);
});

test("listTags() takes null for no tags", async () => {
  await using server = await openFaultyServer((_request, response) => answer(response, 200, {}, page(null)));
  using client = openFastClient(server.host);
  assert.deepEqual(await list(client.listTags("n")), []);
});

const lies: readonly (readonly [string, Parameters<typeof answer>[2], string])[] = [
  ["a next page that was there before", { link: '</v2/n/tags/list>; rel="next"' }, page(["a"])],
  ["a next page at another host", { link: '<http://127.0.0.2:1/v2/n/tags/list>; rel="next"' }, page(["a"])],
  ["something else than JSON", {}, "<html>"],
  ["tags that are no texts", {}, page([1])],
  ["no object", {}, "[]"],
];
for (const [what, headers, body] of lies) {
  test(`listTags() refuses ${what}`, async () => {
    await using server = await openFaultyServer((_request, response) => answer(response, 200, headers, body));
    using client = openFastClient(server.host);
    await failsWith("UNAVAILABLE", list(client.listTags("n")));
    assert.ok(server.seen.length <= 3);
  });
}

test("listReferrers() filters where the registry did not", async () => {
  const manifests = ["a/b", "c/d"].map((artifactType) => ({
    mediaType: mediaTypes.ociManifest,
    digest,
    size: 1,
    artifactType,
  }));
  const body = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
  const headers = { "content-type": mediaTypes.ociIndex };
  await using server = await openFaultyServer((_request, response) => answer(response, 200, headers, body));
  using client = openFastClient(server.host);
  const found = await list(client.listReferrers("n", digest, { artifactType: "c/d" }));
  assert.deepEqual(
    found.map((one) => one.artifactType),
    ["c/d"],
  );
});

test("listReferrers() reads the tag that stands in for the API where that is missing", async () => {
  const fault: Fault = (request, response) =>
    request.url?.includes("/referrers/") ? answer(response, 404, {}, "404 page not found") : "pass";
  await using server = await openFaultyServer(fault);
  using client = openFastClient(server.host);
  const subject = await pushImage(server.registry, "n", ["v1"]);
  assert.deepEqual(await list(client.listReferrers("n", subject.descriptor.digest)), []);
  const referrer = await pushImage(server.registry, "n", []);
  const tag = referrersTagOf(subject.descriptor.digest);
  assert.match(tag, /^sha256-[0-9a-f]{64}$/);
  await pushManifest(server.registry, "n", indexOf([referrer]), [tag]);
  assert.deepEqual(await list(client.listReferrers("n", subject.descriptor.digest)), [referrer.descriptor]);
});

test("pushManifest() lists a referrer by that tag where the registry does not say OCI-Subject, and only once", async () => {
  const fault: Fault = (request, response) => {
    if (request.url?.includes("/referrers/")) return answer(response, 404, {}, "404 page not found");
    const write = response.writeHead.bind(response);
    response.writeHead = ((status: number, headers: Record<string, string>) => {
      const { "oci-subject": _, ...others } = headers;
      return write(status, others);
    }) as typeof response.writeHead;
    return "pass";
  };
  await using server = await openFaultyServer(fault);
  using client = openFastClient(server.host);
  const { descriptor: subject } = await pushImage(client, "n", ["v1"]);
  const first = await pushImage(client, "n", [], { subject, artifactType: "a/b" });
  const second = await pushImage(client, "n", [], { subject, artifactType: "c/d" });
  const { subject: told } = await pushManifest(client, "n", second);
  assert.equal(told, subject.digest);
  assert.deepEqual(await list(client.listReferrers("n", subject.digest)), [
    { ...first.descriptor, artifactType: "a/b" },
    { ...second.descriptor, artifactType: "c/d" },
  ]);
  assert.deepEqual(await list(client.listTags("n")), [referrersTagOf(subject.digest), "v1"]);
});

test("listReferrers() does not take a refusal for a missing API", async () => {
  await using server = await openFaultyServer((_request, response) => answer(response, 403, {}, ""));
  using client = openFastClient(server.host);
  await failsWith("DENIED", list(client.listReferrers("n", digest)));
});
