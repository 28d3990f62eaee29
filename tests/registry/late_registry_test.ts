import assert from "node:assert/strict";
import { test } from "node:test";
import { lateRegistry } from "../../registry/late_registry.ts";
import { memoryRegistry } from "../../registry/mod.ts";
import { list, pushImage } from "./conformance/specimens.ts";

test("lateRegistry() opens a registry for whoever asks, and gives what it has", async () => {
  const registry = memoryRegistry();
  const { descriptor } = await pushImage(registry, "app", ["v1"]);
  let opened = 0;
  const late = lateRegistry(async () => {
    opened++;
    return registry;
  });
  assert.equal(opened, 0);
  assert.equal((await late.statManifest("app", "v1")).digest, descriptor.digest);
  assert.equal((await late.getManifest("app", "v1")).descriptor.digest, descriptor.digest);
  assert.deepEqual(await list(late.listTags("app")), ["v1"]);
  assert.deepEqual(await list(late.listRepositories()), ["app"]);
  assert.deepEqual(await list(late.listReferrers("app", descriptor.digest)), []);
  assert.equal((await late.statBlob("app", descriptor.digest)).size, descriptor.size);
  await (await late.getBlob("app", descriptor.digest))[Symbol.asyncDispose]();
  await assert.rejects(late.deleteTag("app", "v1"), { code: "UNSUPPORTED" });
  assert.equal(opened, 7);
});

test("lateRegistry() tells whoever asks why a registry cannot be opened", async () => {
  const late = lateRegistry(() => Promise.reject(new Error("closed today")));
  await assert.rejects(late.statManifest("app", "v1"), /closed today/);
  await assert.rejects(list(late.listTags("app")), /closed today/);
});
