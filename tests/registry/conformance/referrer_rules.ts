import assert from "node:assert/strict";
import type { Descriptor } from "../../../registry/values/descriptor.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import type { Rules } from "./conformance.ts";
import { indexOf, list, manifestOf, prepareImage, pushImage, pushManifest, randomBlob } from "./specimens.ts";

export const referrerRules: Rules = {
  "lists referrers with type and annotations": async (registry, repository) => {
    const image = await pushImage(registry, repository, ["v1"]);
    const subject = image.descriptor;
    const annotations = { "org.example/a": "b" };
    const typed = await prepareImage(registry, repository, { subject, annotations, artifactType: "a/b+c" });
    const untyped = await prepareImage(registry, repository, { subject });
    const index = indexOf([], { subject, artifactType: "d/e" });
    for (const one of [typed, untyped, index]) {
      const pushed = await pushManifest(registry, repository, one);
      assert.equal(pushed.subject, subject.digest);
    }
    const found = await list(registry.listReferrers(repository, subject.digest));
    const sort = (all: readonly Descriptor[]) => [...all].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    assert.deepEqual(
      sort(found),
      sort([
        { ...typed.descriptor, annotations, artifactType: "a/b+c" },
        { ...untyped.descriptor, artifactType: mediaTypes.ociConfig },
        { ...index.descriptor, artifactType: "d/e" },
      ]),
    );
  },
  "lists referrers of one type": async (registry, repository) => {
    const { descriptor: subject } = await pushImage(registry, repository, ["v1"]);
    for (const artifactType of ["a/b+c", "a/d"]) await pushImage(registry, repository, [], { subject, artifactType });
    const ofType = async (artifactType: string) =>
      (await list(registry.listReferrers(repository, subject.digest, { artifactType }))).map((one) => one.artifactType);
    assert.deepEqual(await ofType("a/b+c"), ["a/b+c"]);
    assert.deepEqual(await ofType("a/none"), []);
  },
  "lists referrers of a subject that does not exist": async (registry, repository) => {
    const subject = manifestOf({ mediaType: mediaTypes.ociManifest }).descriptor;
    const image = await prepareImage(registry, repository, { subject });
    assert.equal((await pushManifest(registry, repository, image)).subject, subject.digest);
    assert.equal((await list(registry.listReferrers(repository, subject.digest))).length, 1);
  },
  "lists no referrers of what nobody refers to": async (registry, repository) => {
    assert.deepEqual(await list(registry.listReferrers(repository, randomBlob().descriptor.digest)), []);
    const { descriptor } = await pushImage(registry, repository, ["v1"]);
    assert.deepEqual(await list(registry.listReferrers(repository, descriptor.digest)), []);
  },
  "forgets a referrer that was deleted": async (registry, repository) => {
    const { descriptor: subject } = await pushImage(registry, repository, ["v1"]);
    const { descriptor } = await pushImage(registry, repository, [], { subject });
    await registry.deleteManifest(repository, descriptor.digest);
    assert.deepEqual(await list(registry.listReferrers(repository, subject.digest)), []);
  },
};
