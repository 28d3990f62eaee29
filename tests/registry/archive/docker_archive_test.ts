import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import * as zlib from "node:zlib";
import { openArchive, toArchiveFile } from "../../../registry/archive/archive_file.ts";
import { chooseDockerImage, readDockerImages } from "../../../registry/archive/docker_reader.ts";
import { type DockerWriterOptions, openDockerWriter } from "../../../registry/archive/docker_writer.ts";
import { readJsonMember } from "../../../registry/archive/members.ts";
import { openSpool } from "../../../registry/archive/spool.ts";
import { openTarSink } from "../../../registry/archive/tar_sink.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { copyImage } from "../../../registry/mirror/copy_image.ts";
import type { Registry } from "../../../registry/registry.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import type { ImageManifest } from "../../../registry/values/manifest.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { blobOf, collect, indexOf, manifestOf, pushManifest, pushSpecimen } from "../conformance/specimens.ts";
import { at, place, readInto } from "./docker_archive_reading.ts";
import { archiveFolder, tarOf } from "./tars.ts";

const layerTypes = {
  tar: "application/vnd.oci.image.layer.v1.tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
};

/** An image whose layers are packed in three ways, and what they are unpacked. */
async function pushPacked(registry: Registry, lie = false) {
  const layers = [randomBytes(1_500_000), Buffer.from("{ a small layer }"), Buffer.alloc(200_000, 7)];
  const packed = [
    { type: layerTypes.gzip, ...blobOf(zlib.gzipSync(layers[0]!)) },
    { type: layerTypes.tar, ...blobOf(layers[1]!) },
    { type: layerTypes.zstd, ...blobOf(zlib.zstdCompressSync(layers[2]!)) },
  ];
  const ids = layers.map((layer) => digestOf(layer));
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        os: "linux",
        architecture: "amd64",
        rootfs: { type: "layers", diff_ids: lie ? ids.reverse() : ids },
      }),
    ),
  );
  for (const blob of [config, ...packed]) await pushSpecimen(registry, at, blob);
  const manifest = manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
    layers: packed.map(({ type, descriptor }) => ({ ...descriptor, mediaType: type })),
  });
  await pushManifest(registry, at, manifest, ["v1"]);
  return { layers, config, manifest };
}

async function write(source: Registry, path: string, options: Partial<DockerWriterOptions> = {}, tag = "v1") {
  await using spool = openSpool(join(path, ".."));
  await using sink = await openTarSink(path, toArchiveFile(path));
  const { registry, finish } = openDockerWriter(sink, { names: ["app:v1"], packings: ["tar"], spool, ...options });
  await copyImage(place(source), place(registry), tag);
  await finish();
}

async function contentOf(registry: Registry, manifest: ImageManifest): Promise<Buffer[]> {
  return await Promise.all(
    manifest.layers.map(async ({ digest }) => collect((await registry.getBlob(at, digest)).body)),
  );
}

test("an image goes into a docker-archive with its layers unpacked, and out again as it was", async () => {
  await using folder = await archiveFolder();
  const source = memoryRegistry();
  const { layers, config } = await pushPacked(source);
  const path = join(folder.path, "app.tar");
  await write(source, path);
  assert.deepEqual(await readdir(folder.path), ["app.tar"], "nothing is left beside it");
  const target = memoryRegistry();
  const { manifest, names } = await readInto(target, path, {}, "docker.io/library/app:v1");
  assert.deepEqual(names, ["app:v1"]);
  assert.equal(manifest.mediaType, mediaTypes.dockerManifest);
  assert.equal(manifest.config.digest, config.descriptor.digest);
  assert.deepEqual(
    manifest.layers.map(({ mediaType, digest }) => [mediaType, digest]),
    layers.map((layer) => ["application/vnd.docker.image.rootfs.diff.tar", digestOf(layer)]),
  );
  assert.deepEqual(
    await contentOf(target, manifest),
    layers.map((layer) => Buffer.from(layer)),
  );
});

test("layers of a docker-archive are packed when they are to be sent, and are the same every time", async () => {
  await using folder = await archiveFolder();
  const source = memoryRegistry();
  const { layers } = await pushPacked(source);
  const path = join(folder.path, "app.tar");
  await write(source, path);
  const digests = new Set<string>();
  for (const layersAs of ["gzip", "gzip"] as const) {
    const target = memoryRegistry();
    const { manifest } = await readInto(target, path, { layers: layersAs, manifests: "oci" });
    assert.deepEqual([...new Set(manifest.layers.map(({ mediaType }) => mediaType))], [layerTypes.gzip]);
    const packed = await contentOf(target, manifest);
    assert.deepEqual(
      packed.map((bytes) => zlib.gunzipSync(bytes)),
      layers.map((layer) => Buffer.from(layer)),
    );
    digests.add((await target.statManifest(at, "v1")).digest);
  }
  assert.equal(digests.size, 1);
  assert.deepEqual(await readdir(folder.path), ["app.tar"]);
});

test("a docker-archive names layers that its reader holds, and does not have them", async () => {
  await using folder = await archiveFolder();
  const source = memoryRegistry();
  const { layers, manifest } = await pushPacked(source);
  const document = JSON.parse(new TextDecoder().decode(manifest.bytes)) as ImageManifest;
  const [first, second, third] = document.layers.map(({ digest }) => digest);
  const path = join(folder.path, "app.tar");
  await write(source, path, { isHeld: (digest) => digest === first || digest === third });
  await using spool = openSpool(folder.path);
  const members = await openArchive(path, { place: path, spool });
  const [image] = await readDockerImages(members);
  const sizes = await Promise.all(image?.layers.map((name) => members.stat(name)) ?? []);
  assert.deepEqual(sizes, [undefined, layers[1]?.byteLength, undefined]);
  assert.deepEqual(
    image?.layers,
    [first, second, third].map((digest) => `blobs/sha256/${digest?.slice(7)}`),
  );
});

test("a docker-archive may keep layers packed, which are then read as they are", async () => {
  await using folder = await archiveFolder();
  const source = memoryRegistry();
  await pushPacked(source);
  const path = join(folder.path, "app.tar");
  await write(source, path, { packings: ["tar", "gzip"] });
  for (const layers of ["as they are", "gzip"] as const) {
    const { manifest } = await readInto(memoryRegistry(), path, { layers, manifests: "oci" });
    const unpacked = layers === "gzip" ? layerTypes.gzip : layerTypes.tar;
    assert.deepEqual(
      manifest.layers.map(({ mediaType }) => mediaType),
      [layerTypes.gzip, unpacked, unpacked],
    );
  }
});

test("a layer that is not what the configuration tells of comes into no docker-archive", async () => {
  await using folder = await archiveFolder();
  const source = memoryRegistry();
  await pushPacked(source, true);
  const path = join(folder.path, "app.tar");
  await assert.rejects(write(source, path), { code: "CORRUPT", message: /its configuration tells of/ });
  assert.deepEqual(await readdir(folder.path), []);
});

test("a layer that becomes too large when it is unpacked is refused, and leaves nothing", async () => {
  await using folder = await archiveFolder();
  const source = memoryRegistry();
  await pushPacked(source);
  const path = join(folder.path, "app.tar");
  const refusal = { code: "CORRUPT", message: /it becomes more than 150000 bytes/ };
  await assert.rejects(write(source, path, { maximumLayerBytes: 150_000 }), refusal);
  assert.deepEqual(await readdir(folder.path), []);
  await write(source, path, { packings: ["tar", "gzip"] });
  await assert.rejects(readInto(memoryRegistry(), path, { maximumLayerBytes: 150_000 }), refusal);
});

test("an index is not written into a docker-archive, and neither is what is no image", async () => {
  await using folder = await archiveFolder();
  const source = memoryRegistry();
  const { manifest } = await pushPacked(source);
  await pushManifest(source, at, indexOf([manifest]), ["all"]);
  const path = join(folder.path, "app.tar");
  await assert.rejects(write(source, path, {}, "all"), {
    code: "UNSUPPORTED",
    message: `Cannot write "${path}": a docker-archive holds images alone, and this is an index of them`,
  });
  const [config, layer] = [blobOf(Buffer.from("no JSON")), blobOf(Buffer.from("x"))];
  for (const blob of [config, layer]) await pushSpecimen(source, at, blob);
  const artifact = manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.ociEmpty },
    layers: [{ ...layer.descriptor, mediaType: "text/plain" }],
  });
  await pushManifest(source, at, artifact, ["artifact"]);
  await assert.rejects(write(source, path, {}, "artifact"), {
    code: "UNSUPPORTED",
    message: /it has no configuration/,
  });
});

test("a layer that is kept elsewhere, as Windows' are, comes into no docker-archive, and is named", async () => {
  await using folder = await archiveFolder();
  const source = memoryRegistry();
  const layer = blobOf(Buffer.from("x"));
  const config = blobOf(Buffer.from(JSON.stringify({ rootfs: { diff_ids: [layer.descriptor.digest] } })));
  await pushSpecimen(source, at, config);
  const mediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
  const image = manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.dockerManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.dockerConfig },
    layers: [{ ...layer.descriptor, mediaType, urls: ["https://windows.example/layer"] }],
  });
  await pushManifest(source, at, image, ["v1"]);
  const path = join(folder.path, "app.tar");
  const found = `layer "${layer.descriptor.digest}" is kept elsewhere, and not in a registry`;
  await assert.rejects(write(source, path), { code: "UNSUPPORTED", message: `Cannot write "${path}": ${found}` });
  assert.deepEqual(await readdir(folder.path), []);
});

test("of several images, the one that is named is read, or its place in the list", async () => {
  await using folder = await archiveFolder();
  const entry = (tags: string[] | null) => ({ Config: "c.json", RepoTags: tags, Layers: [] });
  const images = [entry(["a:1", "b:1"]), entry(["registry.lab:5000/c:2"]), entry(null)];
  const path = await folder.write("a.tar", await tarOf([["manifest.json", JSON.stringify(images)]]));
  await using spool = openSpool(folder.path);
  const members = await openArchive(path, { place: path, spool });
  const found = await readDockerImages(members);
  assert.equal(chooseDockerImage(found, "docker.io/library/b:1", path), found[0]);
  assert.equal(chooseDockerImage(found, "registry.lab:5000/c:2", path), found[1]);
  assert.equal(chooseDockerImage(found, "@2", path), found[2]);
  assert.equal(chooseDockerImage([found[2]!], undefined, path), found[2]);
  for (const name of [undefined, "b", "@3"]) {
    assert.throws(() => chooseDockerImage(found, name, "x.tar"), {
      code: "MANIFEST_UNKNOWN",
      message: /found a:1, b:1, registry.lab:5000\/c:2, @2$/,
    });
  }
  await assert.rejects(readJsonMember(members, "c.json"), { code: "CORRUPT" });
});
