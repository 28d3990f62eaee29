import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/mod.ts";
import { saveBundle } from "../../../src/images/bundle/save_bundle.ts";
import { Places } from "../../../src/images/mirror/places.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { pushChart } from "../../registry/conformance/specimens.ts";
import { openTestServer } from "../../registry/server/test_server.ts";

const { signal } = new AbortController();

async function drain(archive: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of archive) assert.ok(bytes.byteLength > 0);
}

for (const format of ["docker", "oci"] as const) {
  test(`saveBundle() refuses what is no image before anything of it is fetched, for a ${format} archive`, async () => {
    const registry = memoryRegistry();
    await pushChart(registry, "app", ["v1"]);
    const asked: string[] = [];
    await using server = await openTestServer(registry, { onServed: ({ url }) => asked.push(url) });
    using places = new Places({ variables: {}, log: silentLog });
    const image = `${server.host}/app:v1`;
    const archive = { place: "a.tar", consume: drain };
    const host = { os: "linux", architecture: "amd64" };
    const parts = { engine: () => new FakeEngine(), places, log: silentLog, host };
    await assert.rejects(saveBundle([image], archive, { format, from: "registry", signal }, parts), (error: Error) => {
      assert.match(error.message, /^Cannot (?:take|save) .*: it is no image but an artifact of type "application\/vnd/);
      return error.message.includes(`"${image}"`);
    });
    assert.deepEqual(
      asked.filter((url) => url.includes("/blobs/")),
      [],
    );
  });
}
