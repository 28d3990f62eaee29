// Clients that read Docker's schema 2 and nothing else, as Mesos' own containerizer does: contract H.3 and I.4.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import type { Converted } from "../../../registry/schema2/conversions.ts";
import { schema2 } from "../../../registry/schema2/schema2_registry.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { pushAttested } from "../conformance/attested_index.ts";
import { testConformance } from "../conformance/conformance.ts";
import { list, manifestOf, pushManifest, pushNested } from "../conformance/specimens.ts";
import { layoutFolder, openQuickly } from "../layout/layout_folder.ts";
import { ask } from "../server/raw_request.ts";
import { openTestServer } from "../server/test_server.ts";
import { layerOf, pushIndex, pushLayers } from "./packed_image.ts";
import { askLikeUcr, pullLikeUcr } from "./ucr_puller.ts";

const platform = { os: "linux", architecture: "amd64" };

function convert(store: Registry, onConverted?: (converted: Converted) => void) {
  return schema2(store, { store, platform, ...(onConverted && { onConverted }) });
}

testConformance("a registry that converts", async () => {
  const registry = convert(memoryRegistry());
  return { registry, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
});

/** A store, its server that converts, and an index of two platforms under the tag v1. */
async function openServed() {
  const store = memoryRegistry();
  const layers = [layerOf("gzip"), layerOf("gzip")];
  const image = await pushLayers(store, "n", layers);
  const other = await pushLayers(store, "n", [layerOf("gzip")]);
  const index = await pushIndex(store, "n", { "linux/arm64": other, "linux/amd64": image }, { tags: ["v1"] });
  const registry = convert(store);
  const server = await openTestServer(registry);
  const end = async () => {
    await server[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  };
  return { ...{ store, registry, layers, image, other, index, host: server.host }, [Symbol.asyncDispose]: end };
}

test("a client of schema 2 pulls the platform's image of an OCI index, whose gzip layers stay what they are (J 49)", async () => {
  await using served = await openServed();
  const { manifest, layers, digest } = await pullLikeUcr(served.host, "n", "v1");
  assert.deepEqual(
    layers,
    served.layers.map(({ unpacked }) => unpacked),
  );
  const original = JSON.parse(Buffer.from(served.image.bytes).toString());
  const digestsOf = (described: { digest: string }[]) => described.map((layer) => layer.digest);
  assert.deepEqual(digestsOf(manifest.layers), digestsOf(original.layers));
  assert.equal(manifest.config.digest, original.config.digest);
  const { digest: from } = served.image.descriptor;
  assert.deepEqual(manifest.annotations, { "io.mesos-docker.converted-from": from });
  for (const target of ["v1", digest]) {
    for (const method of ["HEAD", "GET"]) {
      const { status, headers } = await askLikeUcr(served.host, "n", target, method);
      assert.equal(status, 200);
      assert.equal(headers["docker-content-digest"], digest);
      assert.equal(headers["content-type"], mediaTypes.dockerManifest);
      assert.equal(headers.vary, "Accept");
    }
  }
});

test("every kind of index and image comes as schema 2 to a client that reads nothing else", async () => {
  await using served = await openServed();
  const { store, image, other } = served;
  await pushIndex(store, "n", { "linux/amd64": image }, { tags: ["list"], mediaType: mediaTypes.dockerList });
  const outer = await pushIndex(store, "n", { "linux/amd64": image });
  await pushIndex(store, "n", { "linux/arm64": other, "linux/amd64": outer }, { tags: ["nested"] });
  await pushLayers(store, "n", [layerOf("gzip")], { tags: ["image"] });
  await pushIndex(store, "n", { "": image }, { tags: ["only"] });
  await pushNested(store, "n", { image, platform, depth: 4 }, ["deep"]);
  await pushAttested(store, "n", { "linux/arm64": other, "linux/amd64": image }, ["attested"]);
  for (const tag of ["list", "nested", "image", "only", "deep", "attested"])
    assert.ok((await pullLikeUcr(served.host, "n", tag)).layers.length > 0);
});

test("an image of schema 2 within an index is given as it was pushed", async () => {
  await using served = await openServed();
  const { store, image } = served;
  const document = { ...JSON.parse(Buffer.from(image.bytes).toString()), mediaType: mediaTypes.dockerManifest };
  const bytes = Buffer.from(JSON.stringify(document));
  const { descriptor } = await store.pushManifest("n", bytes, { mediaType: mediaTypes.dockerManifest });
  await pushIndex(store, "n", { "linux/amd64": { bytes, descriptor } }, { tags: ["docker"] });
  const { body, headers } = await askLikeUcr(served.host, "n", "docker");
  assert.deepEqual(body, bytes);
  assert.equal(headers["docker-content-digest"], descriptor.digest);
});

test("clients that accept what is there, anything, or nothing in particular are given what is there", async () => {
  await using served = await openServed();
  const all = [mediaTypes.dockerManifest, mediaTypes.dockerList, mediaTypes.ociIndex, mediaTypes.ociManifest].join(
    ", ",
  );
  for (const accept of [
    all,
    `${mediaTypes.dockerManifest}, */*;q=0.1`,
    "*/*",
    "text/html, application/*",
    "text/html",
  ]) {
    const { headers, body } = await ask(served.host, "GET", "/v2/n/manifests/v1", { headers: { accept } });
    assert.equal(headers["docker-content-digest"], served.index.descriptor.digest, accept);
    assert.deepEqual(body, Buffer.from(served.index.bytes));
  }
  const lines = { accept: [mediaTypes.dockerManifest, mediaTypes.ociIndex] };
  for (const headers of [{}, lines]) {
    const answer = await ask(served.host, "GET", "/v2/n/manifests/v1", { headers });
    assert.equal(answer.headers["docker-content-digest"], served.index.descriptor.digest);
  }
});

test("a client that reads images of OCI but no index is given the platform's as it is", async () => {
  await using served = await openServed();
  const accept = `${mediaTypes.dockerManifest}, ${mediaTypes.ociManifest}`;
  const { headers, body } = await ask(served.host, "GET", "/v2/n/manifests/v1", { headers: { accept } });
  assert.equal(headers["docker-content-digest"], served.image.descriptor.digest);
  assert.deepEqual(body, Buffer.from(served.image.bytes));
});

test("what cannot be given as schema 2 is 404 MANIFEST_UNKNOWN with the reason", async () => {
  await using served = await openServed();
  const { store, other, index } = served;
  await pushIndex(store, "n", { "linux/arm64": other, "unknown/unknown": other }, { tags: ["arm"] });
  await pushIndex(store, "n", { "": other, "linux/s390x": other }, { tags: ["vague"] });
  await pushLayers(store, "n", [{ ...layerOf("gzip"), mediaType: "application/vnd.oci.image.layer.other" }], {
    tags: ["type"],
  });
  const config = { mediaType: "application/vnd.cncf.helm.config.v1+json", ...emptyBlob };
  await store.pushBlob("n", emptyBlob, (async function* () {})());
  await pushLayers(store, "n", [], { tags: ["chart"], extra: { config } });
  const kept = { mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar", ...emptyBlob };
  await pushLayers(store, "n", [], { tags: ["kept"], extra: { layers: [kept] } });
  await pushNested(store, "n", { image: served.image, platform, depth: 5 }, ["deep"]);
  const { parts } = await pushAttested(store, "n", { "linux/arm64": other }, ["attested"]);
  const attestation = parts[1]?.descriptor.digest ?? assert.fail();
  await pushAttested(store, "n", {}, ["empty"]);
  for (const [target, why] of [
    [
      "deep",
      /Cannot choose an image for linux\/amd64 from index "sha256:[0-9a-f]{64}": it leads to other indexes only$/,
    ],
    ["attested", /it has none for it, but for linux\/arm64$/],
    ["empty", /it has none for it, but for nothing$/],
    [attestation, /no image but an artifact of type "application\/vnd\.in-toto\+json": /],
    ["arm", /Cannot choose an image for linux\/amd64 .*: it has none for it, but for linux\/arm64$/],
    ["vague", /it has none for it, but for linux\/s390x$/],
    ["type", /layers\[0\] has type "application\/vnd\.oci\.image\.layer\.other", which is no layer that we know/],
    ["chart", /no image but an artifact of type "application\/vnd\.cncf\.helm/],
    ["kept", /layers\[0\] of type .* is kept elsewhere/],
    [index.descriptor.digest, /which the client does not accept; in a form that it does, it is "sha256:[0-9a-f]{64}"$/],
    ["none", /Cannot find manifest "none"/],
  ] as const) {
    const { status, body } = await askLikeUcr(served.host, "n", target);
    assert.equal(status, 404, target);
    const [error] = JSON.parse(body.toString()).errors;
    assert.equal(error.code, "MANIFEST_UNKNOWN");
    assert.match(error.message, why);
  }
  const document = { ...JSON.parse(Buffer.from(other.bytes).toString()), mediaType: mediaTypes.dockerManifest };
  const docker = manifestOf(document);
  await pushManifest(store, "n", docker);
  await pushIndex(store, "n", { "linux/amd64": docker }, { tags: ["docker"] });
  const oci = await ask(served.host, "GET", "/v2/n/manifests/docker", { headers: { accept: mediaTypes.ociManifest } });
  assert.equal(oci.status, 404);
  const [{ message }] = JSON.parse(oci.body.toString()).errors;
  const leads = `which leads to "${mediaTypes.dockerManifest}", and the client accepts neither`;
  assert.equal(message, `Cannot give "docker": it is "${mediaTypes.ociIndex}", ${leads}`);
  const accept = "application/vnd.docker.distribution.manifest.v1+prettyjws";
  const { status, body } = await ask(served.host, "GET", "/v2/n/manifests/v1", { headers: { accept } });
  assert.equal(status, 404);
  assert.match(body.toString(), /the client accepts neither that nor anything that it could be converted to/);
});

const emptyBlob = {
  digest: "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  size: 0,
} as const;

test("a conversion is kept over a restart, and is the same", async () => {
  await using folder = await layoutFolder();
  const digests: string[] = [];
  const converted: Converted[] = [];
  for (const run of ["first", "second"]) {
    await using store = await openQuickly(folder.root);
    if (run === "first") await pushLayers(store, "n", [layerOf("zstd"), layerOf("gzip")], { tags: ["v1"] });
    await using registry = convert(store, (one) => converted.push(one));
    await using server = await openTestServer(registry);
    digests.push(
      (await pullLikeUcr(server.host, "n", "v1")).digest,
      (await pullLikeUcr(server.host, "n", "v1")).digest,
    );
  }
  assert.equal(new Set(digests).size, 1);
  assert.equal(converted.length, 1, "it was found again");
});

test("conversions are no referrers to others, and go with their image", async () => {
  await using served = await openServed();
  const { registry, store, image } = served;
  const { digest } = await pullLikeUcr(served.host, "n", "v1");
  const { digest: subject } = image.descriptor;
  assert.deepEqual(await list(registry.listReferrers("n", subject)), []);
  const artifactType = "application/vnd.mesos-docker.schema2.v1+json";
  assert.equal((await list(registry.listReferrers("n", subject, { artifactType }))).length, 1);
  await registry.deleteManifest("n", subject);
  await assert.rejects(store.statManifest("n", digest), { code: "MANIFEST_UNKNOWN" });
});
