import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { MirrorFileError, parseMirrorFile } from "../../../src/images/mirror/mirror_file.ts";
import { mirrorSchema } from "../../../src/images/mirror/mirror_schema.ts";
import { checkPublishedSchema } from "../../notation/published_schema.ts";

test("the published JSON Schema of mirror files is that of the code", () =>
  checkPublishedSchema("mirror.schema.json", mirrorSchema, "Mirror file of mesos-docker"));

test("parseMirrorFile() reads the example of the documentation", async () => {
  const text = await readFile(new URL("../../../docs/examples/mirror.yaml", import.meta.url), "utf8");
  const { repositories } = parseMirrorFile(text, "mirror.yaml");
  assert.deepEqual(
    repositories.map(({ source }) => source),
    ["docker.io/library/redis", "quay.io/prometheus/node-exporter"],
  );
  assert.equal(repositories[0]?.deleteExtraneous?.maximumPercent, 20);
});

const plain = "source: docker.io/library/redis\n    targets: [registry.lab/redis]";

for (const [what, text, message] of [
  ["what is no YAML", "a: [", /^Cannot use "m.yaml": /],
  ["nothing", "", /^Cannot use "m.yaml": it is empty, expected repositories$/],
  ["no repositories", "repositories: []", /line 1: "repositories" is a list, expected a list of repositories$/],
  ["unknown keys", `repositories:\n  - ${plain}\n    tag: x`, /line 4: unknown key "repositories\[0\].tag"$/],
  ["what is missing", "repositories:\n  - source: a", /line 2: missing key "repositories\[0\].targets"$/],
  [
    "a broken expression",
    `repositories:\n  - ${plain}\n    immutable: "("`,
    /line 4: .*immutable" is "\(", expected a regular expression$/,
  ],
  [
    "a broken range",
    `repositories:\n  - ${plain}\n    tags: { semver: new }`,
    /tags.semver" is "new", expected a range of versions/,
  ],
  [
    "a broken platform",
    `repositories:\n  - ${plain}\n    platforms: [linux]`,
    /platforms\[0\]" is "linux", expected a platform such as/,
  ],
  [
    "places that name a tag or a digest, whatever is said under tags",
    `repositories:\n  - source: a.lab/b:1\n    targets:\n      - http://a.lab/c@sha256:${"0".repeat(64)}\n      - localhost:5000`,
    new RegExp(
      'line 2: "repositories\\[0\\].source" is "a.lab/b:1", expected a repository alone: it names tag "1", but what is copied is said under "tags"; ' +
        'line 4: .*targets\\[0\\]" is .*, expected a repository alone: it names a digest, but .*; ' +
        'line 5: .*targets\\[1\\]" is .*, expected a repository alone: "localhost:5000" is a repository of docker.io; did you mean ',
    ),
  ],
  [
    "places that are no names",
    `repositories:\n  - source: foo bar\n    targets: [Foo, ""]`,
    /line 2: .*source" is "foo bar", expected a repository such as .*: found white space; line 3: .*found upper case.*; line 3: .*: found nothing$/,
  ],
  [
    "tags that are none",
    `repositories:\n  - ${plain}\n    tags: { names: [v1, "Bad Tag!"] }`,
    /: line 4: "repositories\[0\].tags.names\[1\]" is "Bad Tag!", expected a tag of up to 128 letters/,
  ],
  [
    "several faults, all of them in the order of their lines",
    `repositories:\n  - ${plain}\n    immutable: "("\n    tags: { newest: 0 }`,
    /line 4: .*immutable.*; line 5: .*newest/,
  ],
] as const) {
  test(`parseMirrorFile() refuses ${what}`, () => {
    assert.throws(
      () => parseMirrorFile(text, "m.yaml"),
      (error) => error instanceof MirrorFileError && message.test(error.message),
    );
  });
}
