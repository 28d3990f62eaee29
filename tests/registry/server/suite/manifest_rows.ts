import assert from "node:assert/strict";
import { algorithmOf, type Digest } from "../../../../registry/values/digest.ts";
import { mediaTypes } from "../../../../registry/values/media_type.ts";
import { randomBlob, type Specimen } from "../../conformance/specimens.ts";
import type { Rows } from "./blob_rows.ts";
import { imageSet, type ManifestSet, manifestSets } from "./manifest_sets.ts";
import { locationOf, type SuiteClient } from "./suite_client.ts";

/** Each data set, from its blobs to the deletion of everything. */
const setRows: Rows = Object.fromEntries(
  Object.entries(manifestSets).map(([name, make]) => {
    const row = async (client: SuiteClient, repository: string) => {
      const set = make();
      await push(client, repository, set, "tagged");
      await read(client, repository, set, "tagged");
      await remove(client, repository, set, "tagged");
    };
    return [name, row] as const;
  }),
);

async function push(client: SuiteClient, repository: string, { blobs, manifests }: ManifestSet, tag: string) {
  for (const { bytes, descriptor } of blobs) {
    const session = await client.begin(repository, `?digest-algorithm=${algorithmOf(descriptor.digest)}`);
    await client.close(201, session, descriptor.digest, bytes);
  }
  const head = manifests.at(-1) as Specimen;
  for (const manifest of manifests) await put(client, repository, manifest, manifest.descriptor.digest);
  // A tag has a digest of sha256 unless it is said otherwise, by the manifest's own digest and `tag` (dev).
  if (algorithmOf(head.descriptor.digest) === "sha256") await put(client, repository, head, tag);
  else await put(client, repository, head, `${head.descriptor.digest}?tag=${tag}`);
}

async function put(client: SuiteClient, repository: string, { bytes, descriptor }: Specimen, target: string) {
  const { mediaType, digest } = descriptor;
  const sent = { body: bytes, headers: { "content-type": mediaType } };
  const { headers } = await client.ask(201, "PUT", `/v2/${repository}/manifests/${target}`, sent);
  assert.equal(headers["docker-content-digest"], digest);
  assert.equal(headers["oci-subject"], subjectOf(bytes)?.digest);
  await client.assertAt(locationOf(headers), bytes);
}

async function read(client: SuiteClient, repository: string, { blobs, manifests }: ManifestSet, tag: string) {
  for (const query of ["", "?n=1", "?last=tagge"]) {
    const { body } = await client.ask(200, "GET", `/v2/${repository}/tags/list${query}`);
    assert.deepEqual(JSON.parse(body.toString()).tags, [tag]);
  }
  const head = manifests.at(-1) as Specimen;
  const targets = [[tag, head], ...manifests.map((manifest) => [manifest.descriptor.digest, manifest])] as const;
  for (const [target, { bytes, descriptor }] of targets as readonly (readonly [string, Specimen])[]) {
    for (const method of ["HEAD", "GET"]) {
      const accepting = { headers: { accept: descriptor.mediaType } };
      const { headers, body } = await client.ask(200, method, `/v2/${repository}/manifests/${target}`, accepting);
      assert.equal(headers["content-type"], descriptor.mediaType);
      assert.equal(headers["content-length"], String(bytes.byteLength));
      assert.equal(headers["docker-content-digest"], descriptor.digest);
      if (method === "GET") assert.deepEqual(body, Buffer.from(bytes));
    }
    await assertReferred(client, repository, { bytes, descriptor });
  }
  for (const { bytes, descriptor } of blobs) {
    await client.assertAt(`/v2/${repository}/blobs/${descriptor.digest}`, bytes);
  }
}

/** A manifest with a subject is among its referrers, as what it says it is. */
async function assertReferred(client: SuiteClient, repository: string, { bytes, descriptor }: Specimen) {
  const document = JSON.parse(Buffer.from(bytes).toString());
  const subject = subjectOf(bytes);
  if (subject === undefined) return;
  const expected = {
    ...descriptor,
    artifactType: document.artifactType ?? document.config.mediaType,
    annotations: document.annotations,
  };
  const path = `/v2/${repository}/referrers/${subject.digest}`;
  const ofType = `?artifactType=${encodeURIComponent(expected.artifactType)}`;
  for (const [query, found] of [
    ["", [expected]],
    [ofType, [expected]],
    ["?artifactType=a%2Fb%2Bc", []],
  ] as const) {
    const { headers, body } = await client.ask(200, "GET", path + query);
    assert.equal(headers["content-type"], mediaTypes.ociIndex);
    assert.equal(headers["oci-filters-applied"], query === "" ? undefined : "artifactType");
    assert.deepEqual(JSON.parse(body.toString()).manifests, found);
  }
}

async function remove(client: SuiteClient, repository: string, { blobs, manifests }: ManifestSet, tag: string) {
  const gone = async (path: string) => {
    await client.ask(202, "DELETE", path);
    for (const method of ["HEAD", "GET"]) await client.ask(404, method, path);
  };
  await gone(`/v2/${repository}/manifests/${tag}`);
  await client.ask(200, "HEAD", `/v2/${repository}/manifests/${manifests.at(-1)?.descriptor.digest}`);
  for (const { descriptor } of manifests) await gone(`/v2/${repository}/manifests/${descriptor.digest}`);
  const digests = new Set(blobs.map(({ descriptor }) => descriptor.digest));
  for (const digest of digests) await gone(`/v2/${repository}/blobs/${digest}`);
}

function subjectOf(bytes: Uint8Array): { digest: Digest } | undefined {
  return JSON.parse(Buffer.from(bytes).toString()).subject;
}

export const manifestRows: Rows = {
  ...setRows,
  "tag parameters": async (client, repository) => {
    const set = imageSet();
    await push(client, repository, set, "first");
    const [{ bytes, descriptor }] = set.manifests as [Specimen];
    const sent = { body: bytes, headers: { "content-type": descriptor.mediaType } };
    const path = `/v2/${repository}/manifests/${descriptor.digest}?tag=a&tag=b`;
    const { headers } = await client.ask(201, "PUT", path, sent);
    assert.deepEqual(String(headers["oci-tag"]).split(", "), ["a", "b"]);
    for (const tag of ["a", "b"]) await client.assertAt(`/v2/${repository}/manifests/${tag}`, bytes);
  },
  "bad digest image": async (client, repository) => {
    const { blobs, manifests } = imageSet();
    for (const blob of blobs) await client.pushBlob(repository, blob);
    const [{ bytes, descriptor }] = manifests as [Specimen];
    const sent = { body: bytes, headers: { "content-type": descriptor.mediaType } };
    for (const algorithm of ["sha256", "sha512"] as const) {
      const wrong = randomBlob(5, algorithm).descriptor.digest;
      await client.ask(400, "PUT", `/v2/${repository}/manifests/${wrong}`, sent);
      await client.ask(404, "HEAD", `/v2/${repository}/manifests/${wrong}`);
    }
  },
  errors: async (client, repository) => {
    const { digest } = randomBlob().descriptor;
    for (const method of ["HEAD", "GET"]) {
      for (const target of ["missing", ".INVALID_MANIFEST_NAME", digest]) {
        await client.ask(404, method, `/v2/${repository}/manifests/${target}`);
      }
      await client.ask([400, 404], method, `/v2/${repository}/manifests/sha256:baddigeststring`);
    }
    const sent = { body: Buffer.from("{}"), headers: { "content-type": mediaTypes.ociManifest } };
    await client.ask(400, "PUT", `/v2/${repository}/manifests/sha256:baddigeststring`, sent);
    const { body } = await client.ask([400, 404], "GET", `/v2/${repository}/manifests/sha256:totallywrong`);
    assert.equal(JSON.parse(body.toString()).errors[0].code, "DIGEST_INVALID");
  },
};
