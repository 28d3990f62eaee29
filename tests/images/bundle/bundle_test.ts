import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  copyImage,
  formatReference,
  memoryRegistry,
  openArchive,
  openDockerWriter,
  openOciWriter,
  openSpool,
  openTarSink,
  type Registry,
  toArchiveFile,
} from "../../../registry/mod.ts";
import { readBundle } from "../../../src/images/bundle/bundle.ts";
import { pushLayers, randomLayers } from "../../e2e/pull_scene.ts";
import { archiveFolder, tarOf } from "../../registry/archive/tars.ts";
import { pushChart } from "../../registry/conformance/specimens.ts";

const options = { signal: new AbortController().signal };
const platform = { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" };

for (const format of ["docker", "oci"] as const) {
  test(`readBundle() finds the images that a ${format} archive was written with, by all their names`, async () => {
    await using folder = await archiveFolder();
    await using spool = openSpool(folder.path);
    const source = { registry: memoryRegistry(), repository: "app" };
    const pushed = [];
    for (const tag of ["one", "two"]) {
      // Not packed: an archive of Docker's has layers unpacked, and they are looked for by digest below.
      pushed.push(await pushLayers(source.registry, "app", tag, await randomLayers([2000, 3000]), "tar"));
    }
    const path = join(folder.path, "bundle.tar");
    await using sink = await openTarSink(path, toArchiveFile(path));
    const writer =
      format === "oci"
        ? await openOciWriter(sink)
        : openDockerWriter(sink, { names: [], images: "several", packings: ["tar"], spool });
    const target = { registry: writer.registry, repository: "image" };
    for (const [tag, name] of [
      ["one", "docker.io/library/one:1"],
      ["two", "reg.example/two:2"],
      ["one", "docker.io/library/uno:1"],
    ] as const) {
      await copyImage(source, target, tag, { tags: [name] });
    }
    await writer.finish();
    const images = await readBundle(await openArchive(path, { place: path, spool }), { spool });
    assert.deepEqual(
      images.map(({ names }) => names.map(formatReference)),
      [["docker.io/library/one:1", "docker.io/library/uno:1"], ["reg.example/two:2"]],
    );
    const ids = await Promise.all(images.map((image) => image.findId(platform, options)));
    assert.deepEqual(
      ids,
      pushed.map(({ id }) => id),
    );
    const copied = memoryRegistry();
    for (const image of images) {
      const from = await image.open(platform, options);
      await copyImage(from, { registry: copied, repository: "app" }, from.target);
    }
    for (const { layers } of pushed) for (const layer of layers) await copied.statBlob("app", layer);
  });
}

test("readBundle() takes no tag for a repository, and leaves out what is no image", async () => {
  await using folder = await archiveFolder();
  await using spool = openSpool(folder.path);
  const entry = (digit: string, more: object) => ({
    ...{ mediaType: "application/vnd.oci.image.manifest.v1+json", digest: `sha256:${digit.repeat(64)}`, size: 1 },
    ...more,
  });
  const ref = (name: string) => ({ annotations: { "org.opencontainers.image.ref.name": name } });
  const manifests = [
    entry("1", ref("7")),
    entry("2", ref("redis:7")),
    entry("3", { annotations: { "io.containerd.image.name": "reg.example/a:1", ...ref("1").annotations } }),
    entry("4", { artifactType: "application/x.signature" }),
    entry("5", { platform: { os: "unknown", architecture: "unknown" } }),
    entry("6", {}),
  ];
  const index = JSON.stringify({ schemaVersion: 2, manifests });
  const bytes = await tarOf([
    ["oci-layout", '{"imageLayoutVersion":"1.0.0"}'],
    ["index.json", index],
  ]);
  const path = await folder.write("a.tar", bytes);
  const images = await readBundle(await openArchive(path, { place: path, spool }), { spool });
  assert.deepEqual(
    images.map(({ names, labels, digest = "" }) => [digest.at(-1), names.map(formatReference), labels]),
    [
      ["1", [], ["7"]],
      ["2", ["docker.io/library/redis:7"], []],
      ["3", ["reg.example/a:1"], []],
      ["6", [], []],
    ],
  );
});

/** An OCI archive of what is pushed to a registry, each by its tag. */
async function archiveOf(
  folder: { path: string },
  tags: readonly string[],
  push: (registry: Registry) => Promise<unknown>,
) {
  const source = { registry: memoryRegistry(), repository: "app" };
  await push(source.registry);
  const path = join(folder.path, "bundle.tar");
  await using sink = await openTarSink(path, toArchiveFile(path));
  const writer = await openOciWriter(sink);
  for (const tag of tags) {
    await copyImage(source, { registry: writer.registry, repository: "image" }, tag, {
      tags: [`reg.example/app:${tag}`],
    });
  }
  await writer.finish();
  return path;
}

test("readBundle() leaves out a chart beside images, and tells what an archive of charts alone is", async () => {
  await using folder = await archiveFolder();
  await using spool = openSpool(folder.path);
  const read = async (path: string) => await readBundle(await openArchive(path, { place: "a.tar", spool }), { spool });
  const both = await archiveOf(folder, ["chart", "v1"], async (registry) => {
    await pushChart(registry, "app", ["chart"]);
    await pushLayers(registry, "app", "v1", await randomLayers([2000]));
  });
  const images = await read(both);
  assert.deepEqual(
    images.map(({ names }) => names.map(formatReference)),
    [["reg.example/app:v1"]],
  );
  const charts = await archiveOf(folder, ["chart"], async (registry) => await pushChart(registry, "app", ["chart"]));
  await assert.rejects(read(charts), {
    code: "MANIFEST_INVALID",
    message:
      /^Cannot take "reg\.example\/app:chart" from "a\.tar": it is no image but an artifact of type "application\/vnd/,
  });
});

test("an archive that takes long to read is read no longer than somebody wants it", async () => {
  await using folder = await archiveFolder();
  await using spool = openSpool(folder.path);
  const tar = await tarOf([["large", Buffer.alloc(3_000_000)]]);
  const [plain, packed] = [await folder.write("a.tar", tar), await folder.write("a.tar.gz", gzipSync(tar))];
  const ending = new AbortController();
  const members = await openArchive(plain, { place: plain, spool, signal: ending.signal });
  const reading = members.read("large")[Symbol.asyncIterator]();
  assert.equal((await reading.next()).done, false);
  ending.abort(new Error("nobody wants it"));
  await assert.rejects(async () => await reading.next(), { message: "nobody wants it" });
  const opening = openArchive(packed, { place: packed, spool, signal: ending.signal });
  await assert.rejects(opening, { message: "nobody wants it" });
});
