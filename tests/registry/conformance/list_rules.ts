import assert from "node:assert/strict";
import type { Rules } from "./conformance.ts";
import { failsWith } from "./failure.ts";
import { list, prepareImage, pushImage, pushManifest, randomBlob } from "./specimens.ts";

export const listRules: Rules = {
  "lists tags in order, and from any of them on": async (registry, repository) => {
    const image = await prepareImage(registry, repository);
    const tags = ["v10", "v1", "V2", "latest", "v2"];
    await pushManifest(registry, repository, image, tags);
    assert.deepEqual(await list(registry.listTags(repository)), ["V2", "latest", "v1", "v10", "v2"]);
    assert.deepEqual(await list(registry.listTags(repository, { after: "v1" })), ["v10", "v2"]);
    assert.deepEqual(await list(registry.listTags(repository, { after: "m" })), ["v1", "v10", "v2"]);
    assert.deepEqual(await list(registry.listTags(repository, { after: "v2" })), []);
  },
  "lists all tags whatever the page's size": async (registry, repository) => {
    const image = await prepareImage(registry, repository);
    const tags = Array.from({ length: 23 }, (_, at) => `t${String(at).padStart(3, "0")}`);
    await pushManifest(registry, repository, image, tags);
    for (const pageSize of [1, 5, 23, 100])
      assert.deepEqual(await list(registry.listTags(repository, { pageSize })), tags);
  },
  "knows no tags of a repository that was never written to": async (registry, repository) => {
    await failsWith("NAME_UNKNOWN", list(registry.listTags(repository)));
  },
  "lists repositories in order": async (registry, repository) => {
    const { descriptor } = randomBlob(0);
    const names = ["b", "a", "a/c", "a-b"].map((name) => `${repository}/${name}`);
    for (const name of names) await registry.pushBlob(name, descriptor, (async function* () {})());
    const found = await list(registry.listRepositories({ pageSize: 2 }));
    assert.deepEqual(
      found.filter((name) => names.includes(name)),
      [...names].sort(),
    );
    const after = await list(registry.listRepositories({ after: `${repository}/a/c` }));
    assert.deepEqual(
      after.filter((name) => names.includes(name)),
      [`${repository}/b`],
    );
  },
  "goes on listing while tags come and go": async (registry, repository) => {
    await pushImage(registry, repository, ["a", "b", "c", "d"]);
    const seen: string[] = [];
    for await (const tag of registry.listTags(repository, { pageSize: 1 })) {
      seen.push(tag);
      await registry.deleteTag(repository, tag);
    }
    assert.deepEqual(seen, ["a", "b", "c", "d"]);
  },
};
