import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { warmFileSchema } from "../../../src/images/warm/warm_schema.ts";
import { parseWarmFile, WarmFileError } from "../../../src/images/warm/warm_set.ts";
import { checkPublishedSchema } from "../../notation/published_schema.ts";

test("the published JSON Schema of warm files is that of the code", () =>
  checkPublishedSchema("warm.schema.json", warmFileSchema, "Warm file of mesos-docker"));

test("parseWarmFile() reads the example of the documentation", async () => {
  const text = await readFile(new URL("../../../docs/examples/warm.yaml", import.meta.url), "utf8");
  const dayMs = 86_400_000;
  assert.deepEqual(parseWarmFile(text, "warm.yaml"), {
    file: "warm.yaml",
    images: [
      { reference: "redis:7", name: "docker.io/library/redis:7", priority: 10, protectMs: 7 * dayMs },
      {
        reference: "registry.lab:5000/team/app:1.2",
        name: "registry.lab:5000/team/app:1.2",
        priority: 10,
        protectMs: 30 * dayMs,
      },
      {
        reference: "quay.io/prometheus/node-exporter:v1.9.0",
        name: "quay.io/prometheus/node-exporter:v1.9.0",
        platform: "linux/amd64",
        priority: 0,
        protectMs: 7 * dayMs,
      },
    ],
  });
});

test("parseWarmFile() takes a set without images, so that one can be let go of", () => {
  assert.deepEqual(parseWarmFile("images: []", "w.yaml").images, []);
});

for (const [what, text, message] of [
  ["nothing", "", /^Cannot use "w.yaml": it is empty, expected images$/],
  ["what is missing", "protect: 1days", /line 1: missing key "images"|missing key "images"/],
  ["unknown keys", "images:\n  - image: redis\n    tag: 7", /line 3: unknown key "images\[0\].tag"$/],
  ["a broken name", "images:\n  - image: Redis", /line 2: "images\[0\].image" is "Redis", expected an image such as/],
  ["a broken platform", "images:\n  - { image: redis, platform: linux }", /platform" is "linux", expected a platform/],
  ["half a priority", "images:\n  - { image: redis, priority: 1.5 }", /priority" is 1.5, expected a whole number$/],
  ["no time", "images:\n  - { image: redis, protect: 2 }", /protect" is 2, expected a duration such as/],
  [
    "an image under two spellings",
    "images:\n  - image: redis\n  - image: docker.io/library/redis:latest",
    /line 3: "images\[1\].image" is "docker.io\/library\/redis:latest", expected each image once$/,
  ],
  [
    "several faults, all of them in the order of their lines",
    "images:\n  - image: Redis\n  - { image: b, platform: x }\nprotect: soon",
    /line 2: .*Redis.*; line 3: .*platform.*; line 4: .*protect/,
  ],
] as const) {
  test(`parseWarmFile() refuses ${what}`, () => {
    assert.throws(
      () => parseWarmFile(text, "w.yaml"),
      (error) => error instanceof WarmFileError && message.test(error.message),
    );
  });
}
