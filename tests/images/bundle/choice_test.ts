import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReference, withDefaultTag } from "../../../registry/mod.ts";
import type { BundledImage } from "../../../src/images/bundle/bundle.ts";
import { chooseImage } from "../../../src/images/bundle/choice.ts";

const idOf = (hex: string) => `sha256:${hex.repeat(64)}` as const;

/** An image by its id's digit, e.g. `a redis:7 nginx`; a bare word in brackets is a label, and `@1` a digest. */
function imageOf(text: string): BundledImage {
  const [id = "", ...words] = text.split(" ");
  const digest = words.find((word) => word.startsWith("@"));
  const plain = words.filter((word) => !/^[@(]/.test(word));
  return {
    names: plain.map((word) => withDefaultTag(parseReference(word))),
    labels: words.filter((word) => word.startsWith("(")).map((word) => word.slice(1, -1)),
    ...(digest ? { digest: idOf(digest.slice(1)) } : {}),
    findId: async () => idOf(id),
    open: () => assert.fail("it was opened"),
  };
}

const table: readonly { archive: string[]; wanted: string; found: string | RegExp }[] = [
  { archive: ["a redis:7", "b nginx"], wanted: "nginx", found: "b" },
  { archive: ["a redis:7", "b nginx"], wanted: "docker.io/library/nginx:latest", found: "b" },
  { archive: ["a redis:7", "b nginx other:1"], wanted: "other:1", found: "b" },
  { archive: ["a redis:7", "b nginx"], wanted: "redis", found: /^it brings redis:7, nginx:latest$/ },
  { archive: ["a redis:7"], wanted: "reg.example/redis:7", found: /^it brings redis:7$/ },
  { archive: ["a"], wanted: "redis:7", found: "a" },
  { archive: ["a (7)"], wanted: "redis:7", found: "a" },
  { archive: ["a (7)"], wanted: "redis:8", found: /^it brings 7$/ },
  { archive: ["a", "b"], wanted: "redis:7", found: /^it brings 2 without a name$/ },
  { archive: [], wanted: "redis:7", found: /^it brings no image$/ },
  { archive: ["a @1 redis:7"], wanted: `redis@${idOf("1")}`, found: "a" },
  { archive: ["a @1 redis:7"], wanted: `redis@${idOf("2")}`, found: /^it brings redis:7$/ },
  { archive: ["a"], wanted: `redis@${idOf("2")}`, found: /^it brings 1 without a name$/ },
  { archive: ["a redis:7", "b"], wanted: idOf("b"), found: "b" },
  { archive: ["a"], wanted: idOf("b"), found: /^it brings 1 without a name$/ },
];

for (const { archive, wanted, found } of table) {
  test(`chooseImage() of [${archive.join("; ")}] for ${wanted.replaceAll(/(.)\1{9,}/g, "$1…")}`, async () => {
    const platform = { os: "linux", architecture: "amd64" };
    const options = { platform, signal: new AbortController().signal };
    const images = archive.map(imageOf);
    const chosen = chooseImage(images, wanted, options);
    if (typeof found !== "string") await assert.rejects(chosen, { code: "MANIFEST_UNKNOWN", message: found });
    else assert.equal(await (await chosen).findId(platform, options), idOf(found));
  });
}
