import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import {
  type Digest,
  folderMembers,
  mediaTypes,
  memoryRegistry,
  openFolderSink,
  openOciWriter,
  openSpool,
} from "../../../registry/mod.ts";
import { blobName } from "../../../registry/values/oci_layout.ts";
import { findKeptManifest, openDaemonWriter } from "../../../src/images/copy/daemon_archive.ts";
import { archiveFolder } from "../../registry/archive/tars.ts";
import {
  blobOf,
  indexOf,
  manifestOf,
  prepareImage,
  pushManifest,
  pushSpecimen,
  type Specimen,
} from "../../registry/conformance/specimens.ts";

const asItIs = { manifests: "docker", layers: "as they are" } as const;

/** What a daemon saves of an image: a layout with its manifest, or with an index over it, and manifest.json beside. */
async function saveImage(
  folder: Awaited<ReturnType<typeof archiveFolder>>,
  types: { manifest: string; config: string; layer: string },
  others: readonly Specimen[] = [],
): Promise<Specimen> {
  const { registry, finish } = await openOciWriter(await openFolderSink(folder.path));
  const [config, layer] = [blobOf(Buffer.from("{}")), blobOf(Buffer.from("a layer"))];
  for (const blob of [config, layer]) await pushSpecimen(registry, "image", blob);
  const own = manifestOf({
    ...{ schemaVersion: 2, mediaType: types.manifest },
    config: { ...config.descriptor, mediaType: types.config },
    layers: [{ ...layer.descriptor, mediaType: types.layer }],
  });
  await pushManifest(registry, "image", own, others.length === 0 ? ["app:v1"] : []);
  if (others.length > 0) await pushManifest(registry, "image", indexOf([...others, own]), ["app:v1"]);
  await finish();
  const names = [config, layer].map(({ descriptor }) => blobName(descriptor.digest as Digest));
  const entry = { Config: names[0], RepoTags: [], Layers: [names[1]] };
  await folder.write("manifest.json", Buffer.from(JSON.stringify([entry])));
  return own;
}

const ofOci = {
  manifest: mediaTypes.ociManifest,
  config: mediaTypes.ociConfig,
  layer: "application/vnd.oci.image.layer.v1.tar",
};
const ofDocker = {
  manifest: mediaTypes.dockerManifest,
  config: mediaTypes.dockerConfig,
  layer: "application/vnd.docker.image.rootfs.diff.tar",
};

test("findKeptManifest() finds the image that a daemon has of an index, whose other images it has not", async () => {
  await using folder = await archiveFolder();
  const elsewhere = await prepareImage(memoryRegistry(), "image");
  const own = await saveImage(folder, ofOci, [elsewhere]);
  const shape = { manifests: "oci", layers: "gzip" } as const;
  assert.equal((await findKeptManifest(folderMembers(folder.path), shape))?.digest, own.descriptor.digest);
});

test("findKeptManifest() does without a manifest of Docker's where an image layout is wanted, or packed layers", async () => {
  await using folder = await archiveFolder();
  const own = await saveImage(folder, ofDocker);
  const members = folderMembers(folder.path);
  assert.equal((await findKeptManifest(members, asItIs))?.digest, own.descriptor.digest);
  assert.equal(await findKeptManifest(members, { ...asItIs, manifests: "oci" }), undefined);
  assert.equal(await findKeptManifest(members, { ...asItIs, layers: "gzip" }), undefined);
});

test("openDaemonWriter() gives containerd no byte of a blob that is not what its digest says", async () => {
  await using folder = await archiveFolder();
  await using spool = openSpool(folder.path);
  const written: string[] = [];
  const write = async (name: string) => void written.push(name);
  const sink = { place: "the daemon", stat: async () => undefined, write, finish: async () => undefined };
  const { registry } = await openDaemonWriter({ ...sink, [Symbol.asyncDispose]: sink.finish }, "containerd", spool);
  const { bytes, descriptor } = blobOf(Buffer.from("a layer of some bytes"));
  const expected = { digest: descriptor.digest as Digest, size: descriptor.size };
  const wrong = async function* () {
    yield bytes.subarray(0, 5);
    yield Buffer.alloc(bytes.byteLength - 5);
  };
  await assert.rejects(registry.pushBlob("image", expected, wrong()), { code: "CORRUPT" });
  assert.deepEqual(written, []);
  await registry.pushBlob(
    "image",
    expected,
    (async function* () {
      yield bytes;
    })(),
  );
  assert.deepEqual(written, [blobName(expected.digest)]);
});
