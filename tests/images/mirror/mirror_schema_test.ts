// MESOS_DOCKER_UPDATE=1 has this test write the published schema instead of comparing it (npm run generate does).
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import { toJsonSchema } from "@valibot/to-json-schema";
import { MirrorFileError, parseMirrorFile } from "../../../src/images/mirror/mirror_file.ts";
import { mirrorSchema } from "../../../src/images/mirror/mirror_schema.ts";

const published = new URL("../../../docs/mirror.schema.json", import.meta.url);

test("the published JSON Schema of mirror files is that of the code", async () => {
  // What a regular expression or a range of versions is, JSON Schema cannot say.
  const schema = { ...toJsonSchema(mirrorSchema, { errorMode: "ignore" }), title: "Mirror file of mesos-docker" };
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (process.env.MESOS_DOCKER_UPDATE) await writeFile(published, text);
  assert.equal(await readFile(published, "utf8"), text);
});

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
  ["nothing", "", /^Cannot use "m.yaml": it is null, expected an object$/],
  ["no repositories", "repositories: []", /repositories is \[\]|repositories is 0|expected a list of repositories$/],
  ["unknown keys", `repositories:\n  - ${plain}\n    tag: x`, /repositories.0.tag is unknown$/],
  ["what is missing", "repositories:\n  - source: a", /repositories.0.targets is missing$/],
  [
    "a broken expression",
    `repositories:\n  - ${plain}\n    immutable: "("`,
    /immutable is .*, expected a regular expression$/,
  ],
  [
    "a broken range",
    `repositories:\n  - ${plain}\n    tags: { semver: new }`,
    /tags.semver is .*, expected a range of versions/,
  ],
  [
    "a broken platform",
    `repositories:\n  - ${plain}\n    platforms: [linux]`,
    /platforms.0 is .*, expected a platform such as/,
  ],
  [
    "several faults, all of them",
    `repositories:\n  - ${plain}\n    immutable: "("\n    tags: { newest: 0 }`,
    /immutable.*; .*newest|newest.*; .*immutable/,
  ],
] as const) {
  test(`parseMirrorFile() refuses ${what}`, () => {
    assert.throws(
      () => parseMirrorFile(text, "m.yaml"),
      (error) => error instanceof MirrorFileError && message.test(error.message),
    );
  });
}
