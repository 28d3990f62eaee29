import assert from "node:assert/strict";
import { test } from "node:test";
import { allowList } from "../../../registry/filter/allow_list.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { testConformance } from "../conformance/conformance.ts";
import { failsWith } from "../conformance/failure.ts";
import { list, pieces, pushImage, pushSpecimen, randomBlob } from "../conformance/specimens.ts";

testConformance("an allow list", async () => ({
  registry: allowList(memoryRegistry(), ["conformance", "other"]),
  [Symbol.asyncDispose]: async () => undefined,
}));

const blob = randomBlob();
const { digest } = blob.descriptor;

async function openHidden(): Promise<Registry> {
  const whole = memoryRegistry();
  for (const name of ["team/app", "teams/app", "team"]) {
    await pushImage(whole, name, ["v1"]);
    await pushSpecimen(whole, name, blob);
  }
  return allowList(whole, ["team"]);
}

const reads: Readonly<Record<string, (registry: Registry) => Promise<unknown>>> = {
  getBlob: (registry) => registry.getBlob("teams/app", digest),
  statBlob: (registry) => registry.statBlob("teams/app", digest),
  getManifest: (registry) => registry.getManifest("teams/app", "v1"),
  statManifest: (registry) => registry.statManifest("teams/app", "v1"),
  listTags: (registry) => list(registry.listTags("teams/app")),
  listReferrers: (registry) => list(registry.listReferrers("teams/app", digest)),
};
for (const [call, read] of Object.entries(reads)) {
  test(`allowList() knows no other repository in ${call}()`, async () => {
    await failsWith("NAME_UNKNOWN", read(await openHidden()));
  });
}

const writes: Readonly<Record<string, (registry: Registry) => Promise<unknown>>> = {
  pushBlob: (registry) => registry.pushBlob("teams/app", blob.descriptor, pieces(blob.bytes)),
  startUpload: (registry) => registry.startUpload("teams/app"),
  resumeUpload: (registry) => registry.resumeUpload("teams/app", "x"),
  mountBlob: (registry) => registry.mountBlob("teams/app", digest, { from: "team" }),
  pushManifest: (registry) => registry.pushManifest("teams/app", blob.bytes, { mediaType: "application/json" }),
  deleteBlob: (registry) => registry.deleteBlob("teams/app", digest),
  deleteManifest: (registry) => registry.deleteManifest("teams/app", digest),
  deleteTag: (registry) => registry.deleteTag("teams/app", "v1"),
};
for (const [call, write] of Object.entries(writes)) {
  test(`allowList() denies ${call}() in other repositories`, async () => {
    await failsWith("DENIED", write(await openHidden()));
  });
}

test("allowList() lists what is at or below its prefixes", async () => {
  assert.deepEqual(await list((await openHidden()).listRepositories()), ["team", "team/app"]);
});

for (const options of [{}, { from: "teams/app" }]) {
  test(`allowList() mounts no hidden blob with ${JSON.stringify(options)}: the client uploads it`, async () => {
    const whole = memoryRegistry();
    await pushImage(whole, "team", ["v1"]);
    await pushSpecimen(whole, "teams/app", blob);
    const registry = allowList(whole, ["team"]);
    assert.equal((await registry.mountBlob("team/new", digest, options)).kind, "upload");
    assert.equal((await registry.mountBlob("team/new", digest, { ...options, otherwise: "nothing" })).kind, "nothing");
    await failsWith(["BLOB_UNKNOWN", "NAME_UNKNOWN"], registry.statBlob("team/new", digest));
  });
}
