import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import * as zlib from "node:zlib";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { readInto } from "./docker_archive_reading.ts";
import { archiveFolder, type TestMember, tarOf } from "./tars.ts";

const layer = Buffer.from("layer");
const configOf = (ids: readonly unknown[]) => JSON.stringify({ rootfs: { type: "layers", diff_ids: ids } });
const manifestJson = (more: object = {}) =>
  JSON.stringify([{ Config: "c.json", RepoTags: ["a:1"], Layers: ["l.tar"], ...more }]);

const faults: readonly [string, TestMember[], RegExp][] = [
  ["whose manifest.json is a folder's", [["manifest.json", "", { type: "symlink", linkname: "x" }]], /link to "x"/],
  ["whose manifest.json is no array", [["manifest.json", "{}"]], /is no array/],
  [
    "without a configuration's name",
    [["manifest.json", manifestJson({ Config: 1 })]],
    /no Config, Layers and RepoTags/,
  ],
  ["without its configuration", [["manifest.json", manifestJson()]], /"c.json" is not there/],
  [
    "whose configuration lies outside",
    [["manifest.json", manifestJson({ Config: "../../etc/passwd" })]],
    /"..\/..\/etc\/passwd" is not there/,
  ],
  [
    "whose configuration has no diff ids",
    [
      ["manifest.json", manifestJson()],
      ["c.json", "{}"],
    ],
    /no digests in rootfs.diff_ids/,
  ],
  [
    "whose configuration has diff ids that are none",
    [
      ["manifest.json", manifestJson()],
      ["c.json", configOf(["sha256:x"])],
    ],
    /no digests in rootfs.diff_ids/,
  ],
  [
    "whose configuration tells of other layers",
    [
      ["manifest.json", manifestJson()],
      ["c.json", configOf([])],
    ],
    /tells of 0 layers, "manifest.json" of 1/,
  ],
  [
    "without a layer",
    [
      ["manifest.json", manifestJson()],
      ["c.json", configOf([digestOf(layer)])],
    ],
    /layer "l.tar" is not there/,
  ],
  [
    "whose layer has another digest",
    [
      ["manifest.json", manifestJson()],
      ["c.json", configOf([digestOf(Buffer.from("another"))])],
      ["l.tar", layer],
    ],
    /found content of digest/,
  ],
  [
    "whose packed layer has another digest",
    [
      ["manifest.json", manifestJson()],
      ["c.json", configOf([digestOf(Buffer.from("another"))])],
      ["l.tar", zlib.gzipSync(layer)],
    ],
    /layer "l.tar" has digest/,
  ],
  [
    "whose packed layer is cut off",
    [
      ["manifest.json", manifestJson()],
      ["c.json", configOf([digestOf(layer)])],
      ["l.tar", zlib.gzipSync(layer).subarray(0, 12)],
    ],
    /Cannot unpack layer "l.tar"/,
  ],
];
test("a tar without manifest.json is no docker-archive", async () => {
  await using folder = await archiveFolder();
  const path = await folder.write("a.tar", await tarOf([["other", "x"]]));
  const message = /found no "manifest.json", expected images/;
  await assert.rejects(readInto(memoryRegistry(), path), { code: "MANIFEST_UNKNOWN", message });
});

for (const [title, members, message] of faults) {
  test(`a docker-archive ${title} is refused`, async () => {
    await using folder = await archiveFolder();
    const path = await folder.write("a.tar", await tarOf([["other", "x"], ...members]));
    for (const layers of ["as they are", "gzip"] as const) {
      await assert.rejects(readInto(memoryRegistry(), path, { layers }), {
        name: "RegistryError",
        code: "CORRUPT",
        message,
      });
    }
    assert.deepEqual(await readdir(folder.path), ["a.tar"], "temporary files are gone");
  });
}
