import assert from "node:assert/strict";
import { test } from "node:test";
import { unsupportedRegistry } from "../../registry/unsupported_registry.ts";
import { digestOf } from "../../registry/values/digest.ts";
import { failsWith } from "./conformance/failure.ts";
import { list, pieces } from "./conformance/specimens.ts";

const bytes = new Uint8Array(1);
const digest = digestOf(bytes);

test("unsupportedRegistry() answers UNSUPPORTED to everything, and throws nothing at once", async () => {
  const registry = unsupportedRegistry();
  const calls: Promise<unknown>[] = [
    registry.getBlob("a", digest),
    registry.statBlob("a", digest),
    registry.getManifest("a", "b"),
    registry.statManifest("a", "b"),
    registry.pushBlob("a", { digest }, pieces(bytes)),
    registry.startUpload("a"),
    registry.resumeUpload("a", "b"),
    registry.mountBlob("a", digest),
    registry.pushManifest("a", bytes, { mediaType: "a/b" }),
    registry.deleteBlob("a", digest),
    registry.deleteManifest("a", digest),
    registry.deleteTag("a", "b"),
    list(registry.listTags("a")),
    list(registry.listRepositories()),
    list(registry.listReferrers("a", digest)),
  ];
  for (const call of calls) await failsWith("UNSUPPORTED", call);
});

test("unsupportedRegistry() does what it was given", async () => {
  const registry = unsupportedRegistry({
    async *listTags() {
      yield "one";
    },
  });
  assert.deepEqual(await list(registry.listTags("a")), ["one"]);
});
