import assert from "node:assert/strict";
import { mediaTypes } from "../../../../registry/values/media_type.ts";
import { randomBlob, type Specimen } from "../../conformance/specimens.ts";
import type { Rows } from "./blob_rows.ts";
import { imageSet } from "./manifest_sets.ts";

/** What the suites ask of a server as a whole, and what only the older one asks (contract I.2). */
export const workflowRows: Rows = {
  "a repository that is empty": async (client, repository) => {
    await client.ask(200, "GET", "/v2/");
    await client.ask([200, 404], "GET", `/v2/${repository}/tags/list`);
    const { headers, body } = await client.ask(
      200,
      "GET",
      `/v2/${repository}/referrers/${randomBlob().descriptor.digest}`,
    );
    assert.equal(headers["content-type"], mediaTypes.ociIndex);
    const empty = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
    assert.deepEqual(JSON.parse(body.toString()), empty);
  },
  "tags: four of one manifest, counted, after one, and fewer when one is deleted": async (client, repository) => {
    const { blobs, manifests } = imageSet();
    for (const blob of blobs) await client.pushBlob(repository, blob);
    const [{ bytes, descriptor }] = manifests as [Specimen];
    const tags = ["test0", "test1", "test2", "test3"];
    for (const tag of tags) {
      const sent = { body: bytes, headers: { "content-type": descriptor.mediaType } };
      const { headers } = await client.ask(201, "PUT", `/v2/${repository}/manifests/${tag}`, sent);
      assert.ok(headers.location);
    }
    const list = async (query: string) => {
      const { body } = await client.ask(200, "GET", `/v2/${repository}/tags/list${query}`);
      return JSON.parse(body.toString()).tags;
    };
    assert.deepEqual(await list(""), tags);
    assert.deepEqual(await list("?n=2"), ["test0", "test1"]);
    assert.deepEqual(await list("?n=2&last=test1"), ["test2", "test3"]);
    await client.ask(202, "DELETE", `/v2/${repository}/manifests/test0`);
    assert.deepEqual(await list(""), ["test1", "test2", "test3"]);
    await client.ask(202, "DELETE", `/v2/${repository}/manifests/${descriptor.digest}`);
    await client.ask(404, "GET", `/v2/${repository}/manifests/${descriptor.digest}`);
    assert.deepEqual(await list(""), []);
  },
  "referrers: five of one subject, listed and by type": async (client, repository) => {
    const subject = imageSet();
    for (const blob of subject.blobs) await client.pushBlob(repository, blob);
    const [{ descriptor }] = subject.manifests as [Specimen];
    const types = ["a/one", "a/two", "a/three", "a/two", "a/one"];
    for (const [at, artifactType] of types.entries()) {
      const annotations = { "org.example.at": String(at) };
      const { blobs, manifests } = imageSet({ extra: { subject: descriptor, artifactType, annotations } });
      for (const blob of blobs) await client.pushBlob(repository, blob);
      const [{ bytes, descriptor: referrer }] = manifests as [Specimen];
      const sent = { body: bytes, headers: { "content-type": referrer.mediaType } };
      const { headers } = await client.ask(201, "PUT", `/v2/${repository}/manifests/${referrer.digest}`, sent);
      assert.equal(headers["oci-subject"], descriptor.digest);
    }
    const list = async (query: string) => {
      const { body } = await client.ask(200, "GET", `/v2/${repository}/referrers/${descriptor.digest}${query}`);
      const { manifests } = JSON.parse(body.toString());
      return manifests.map((one: { annotations: Record<string, string> }) => one.annotations["org.example.at"]).sort();
    };
    assert.deepEqual(await list(""), ["0", "1", "2", "3", "4"]);
    assert.deepEqual(await list("?artifactType=a%2Ftwo"), ["1", "3"]);
  },
  "two uploads of one blob at once": async (client, repository) => {
    const { bytes, descriptor } = randomBlob(200_000);
    const sessions = [await client.begin(repository), await client.begin(repository)];
    await Promise.all(sessions.map((session) => client.close(201, session, descriptor.digest, bytes)));
    await client.assertAt(`/v2/${repository}/blobs/${descriptor.digest}`, bytes);
  },
};
