import assert from "node:assert/strict";
import { test } from "node:test";
import { list, pushImage } from "../conformance/specimens.ts";
import { openFastClient } from "./fast_client.ts";
import { answer, type Fault, openFaultyServer } from "./faulty_server.ts";

/** Deletes by digest only, as distribution before 3. */
const byDigestOnly: Fault = (request, response) => {
  if (request.method !== "DELETE" || request.url?.includes("sha256:")) return "pass";
  const error = { code: "DIGEST_INVALID", message: "provided digest did not match uploaded content" };
  return answer(response, 400, { "content-type": "application/json" }, JSON.stringify({ errors: [error] }));
};

test("where a registry deletes by digest only, deleteTag() says so, and which digest it is", async () => {
  await using server = await openFaultyServer(byDigestOnly);
  using client = openFastClient(server.host);
  const { descriptor } = await pushImage(client, "app", ["v1", "v2"]);
  await assert.rejects(client.deleteTag("app", "v1"), {
    code: "UNSUPPORTED",
    message: `Cannot delete tag "v1" of "app": this registry deletes by digest only; "app@${descriptor.digest}" is the manifest with all its tags`,
  });
  assert.deepEqual(await list(client.listTags("app")), ["v1", "v2"]);
  await assert.rejects(client.deleteTag("app", "none"), {
    code: "MANIFEST_UNKNOWN",
    message: 'Cannot delete tag "none" of "app": it is not there',
  });
  await client.deleteManifest("app", descriptor.digest);
  assert.deepEqual(await list(client.listTags("app")), []);
});
