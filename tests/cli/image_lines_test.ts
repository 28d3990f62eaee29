import assert from "node:assert/strict";
import { test } from "node:test";
import { toAgo, toImageJson, toImageRow, toImageTitle, toTable } from "../../src/cli/image_lines.ts";
import { toByteText } from "../../src/notation/byte_text.ts";
import { imageOf } from "../images/specimens.ts";

const image = imageOf(1, [{ chain: "a", bytes: 1 }], {
  names: ["redis:7", "cache:1"],
  sizeBytes: 21_645_340,
  uniqueBytes: 4096,
  users: [{ containerId: "c1", name: "web", state: "running", taskId: "t1" }],
  pins: [{ kind: "prefix", value: "redis", pinnedAtMs: 1 }],
  warm: [{ reference: "redis:7", imageId: "x", warmedAtMs: 0, protectedUntilMs: 1000 }],
  lastUsedMs: 86_400_000,
});

test("toByteText() writes bytes as Docker does, in powers of 1000", () => {
  for (const [bytes, text] of [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [21_645_340, "21.6 MB"],
    [123_456_789_012, "123 GB"],
    [9e18, "9000 PB"],
  ] as const) {
    assert.equal(toByteText(bytes), text);
  }
});

test("toAgo() takes the largest unit of which there are two", () => {
  for (const [ms, text] of [
    [-5, "0 seconds ago"],
    [119_000, "119 seconds ago"],
    [120_000, "2 minutes ago"],
    [7_200_000, "2 hours ago"],
    [172_800_000, "2 days ago"],
  ] as const) {
    assert.equal(toAgo(ms), text);
  }
});

test("an image's row has its names, what it takes alone, and what keeps it", () => {
  assert.deepEqual(toImageRow(image, 4 * 86_400_000), [
    "redis:7, cache:1",
    "000000000000",
    "21.6 MB",
    "4.1 kB",
    "3 days ago",
    "task t1 (running), pin prefix redis, warm redis:7",
  ]);
  const { lastUsedMs: _, ...unused } = image;
  const row = toImageRow({ ...unused, certainty: "estimated", users: [], pins: [], warm: [], origin: "none" }, 1000);
  assert.deepEqual(row.slice(3), ["~4.1 kB", "never", "only copy"]);
});

test("toTable() makes columns of equal width, and leaves no blanks at the end of a line", () => {
  const [head, first, second] = toTable([
    ["a", "1", "2", "3", "4", ""],
    ["a longer name", "1", "2", "3", "4", "5"],
  ]);
  assert.equal(head, "IMAGE          ID  SIZE  UNIQUE  LAST USED  KEPT BY");
  assert.equal(first, "a              1   2     3       4");
  assert.equal(second, "a longer name  1   2     3       4          5");
});

test("an image without a name is called by its digests, or by its id", () => {
  assert.equal(toImageTitle({ ...image, names: [] }), image.digests[0]);
  assert.equal(toImageTitle({ ...image, names: [], digests: [] }), image.id);
});

test("toImageJson() writes moments for people and machines alike, and leaves out what is not known", () => {
  const json = JSON.parse(JSON.stringify(toImageJson(image)));
  assert.equal(json.lastUsed, "1970-01-02T00:00:00.000Z");
  assert.deepEqual(json.pins, [{ kind: "prefix", value: "redis" }]);
  assert.deepEqual(json.warm, [
    {
      reference: "redis:7",
      sets: [],
      warmedAt: "1970-01-01T00:00:00.000Z",
      protectedUntil: "1970-01-01T00:00:01.000Z",
    },
  ]);
  assert.equal(json.layers, undefined);
});

test("an image that several sets have warmed is told once, with their files", () => {
  const record = { reference: "redis:7", imageId: "x", warmedAtMs: 0, protectedUntilMs: 1000 };
  const warm = [
    { ...record, set: "/b.yaml" },
    { ...record, set: "/a.yaml", reference: "docker.io/library/redis:7", warmedAtMs: 2000, protectedUntilMs: 9000 },
    record,
  ];
  const title = "docker.io/library/redis:7 (/a.yaml, /b.yaml)";
  assert.equal(toImageRow({ ...image, users: [], pins: [], warm }, 0).at(-1), `warm ${title}`);
  const json = JSON.parse(JSON.stringify(toImageJson({ ...image, warm })));
  assert.deepEqual(json.warm, [
    {
      reference: "docker.io/library/redis:7",
      sets: ["/a.yaml", "/b.yaml"],
      warmedAt: "1970-01-01T00:00:02.000Z",
      protectedUntil: "1970-01-01T00:00:09.000Z",
    },
  ]);
  const { protectedUntilMs: _, ...forGood } = record;
  const kept = JSON.parse(JSON.stringify(toImageJson({ ...image, warm: [record, { ...forGood, set: "/a.yaml" }] })));
  assert.deepEqual(kept.warm, [{ reference: "redis:7", sets: ["/a.yaml"], warmedAt: "1970-01-01T00:00:00.000Z" }]);
});
