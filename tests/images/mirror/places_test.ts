import assert from "node:assert/strict";
import { test } from "node:test";
import { Places } from "../../../src/images/mirror/places.ts";
import { recordWarnings } from "../../credentials/recording_log.ts";
import { openFaultyServer } from "../../registry/client/faulty_server.ts";
import { pushImage } from "../../registry/conformance/specimens.ts";

test("Places leave a reserve of a registry's quota to others, and say so (J 23)", async () => {
  await using server = await openFaultyServer((_request, response) => {
    response.setHeader("ratelimit-remaining", "20;w=21600");
    return "pass";
  });
  await pushImage(server.registry, "a", ["v1"]);
  const text = `http://${server.host}/a:v1`;
  const { log, warnings } = recordWarnings();
  using sparing = new Places({ variables: {}, log, reserve: 20 });
  const { registry, repository, target } = sparing.open(text);
  await registry.statManifest(repository, target);
  const leaving = new AbortController();
  const reason = new Error("given up");
  const waiting = assert.rejects(registry.getManifest(repository, target, { signal: leaving.signal }), reason);
  assert.deepEqual(warnings, [
    `Waiting with "${server.host}/a", "v1": 20 manifests are left to us, of which 20 are kept for others`,
  ]);
  leaving.abort(reason);
  await waiting;
  assert.equal(server.count(/^GET .*manifests/), 0);
  for (const reserve of [19, undefined]) {
    using enough = new Places({ variables: {}, log, ...(reserve === undefined ? {} : { reserve }) });
    const place = enough.open(text);
    await place.registry.statManifest(place.repository, place.target);
    await place.registry.getManifest(place.repository, place.target);
  }
});
