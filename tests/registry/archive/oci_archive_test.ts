import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { open, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openArchive, toArchiveFile } from "../../../registry/archive/archive_file.ts";
import { folderMembers } from "../../../registry/archive/folder_members.ts";
import { openFolderSink } from "../../../registry/archive/folder_sink.ts";
import type { MemberSink } from "../../../registry/archive/member_sink.ts";
import { openOciReader } from "../../../registry/archive/oci_reader.ts";
import { openOciWriter } from "../../../registry/archive/oci_writer.ts";
import { openSpool } from "../../../registry/archive/spool.ts";
import { openTarSink } from "../../../registry/archive/tar_sink.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { copyImage } from "../../../registry/mirror/copy_image.ts";
import type { Registry } from "../../../registry/registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { gzip } from "../../../registry/zlib_stream.ts";
import {
  collect,
  indexOf,
  list,
  pieces,
  prepareImage,
  pushImage,
  pushManifest,
  randomBlob,
} from "../conformance/specimens.ts";
import { archiveFolder, tarOf } from "./tars.ts";

const at = "app";
const place = (registry: Registry) => ({ registry, repository: at });

/** An index of two images with an attestation that refers to the first. */
async function indexedSource() {
  const source = memoryRegistry();
  const images = [];
  for (const architecture of ["amd64", "arm64"]) {
    const image = await prepareImage(source, at);
    await pushManifest(source, at, image);
    images.push({ ...image, descriptor: { ...image.descriptor, platform: { os: "linux", architecture } } });
  }
  const index = indexOf(images);
  await pushManifest(source, at, index, ["v1"]);
  const signature = await pushImage(source, at, [], { subject: index.descriptor, artifactType: "application/x.sig" });
  return { source, index, images, signature };
}

async function write(sink: MemberSink, source: Registry, tag: string, before?: string): Promise<void> {
  await using _ = sink;
  const { registry, finish } = await openOciWriter(sink, before === undefined ? undefined : folderMembers(before));
  await copyImage(place(source), place(registry), tag, { tags: [tag], referrers: "copied" });
  await finish();
}

async function assertHolds(
  registry: Registry,
  { source, index, signature }: Awaited<ReturnType<typeof indexedSource>>,
) {
  const target = memoryRegistry({ checks: "everything" });
  const { digest } = await copyImage(place(registry), place(target), "v1", { tags: ["v1"], referrers: "copied" });
  assert.equal(digest, index.descriptor.digest);
  const [found, wanted] = await Promise.all([target.getManifest(at, "v1"), source.getManifest(at, "v1")]);
  assert.deepEqual(found.descriptor, wanted.descriptor);
  const referrers = await list(target.listReferrers(at, digest));
  assert.deepEqual(
    referrers.map((one) => one.digest),
    [signature.descriptor.digest],
  );
}

test("an index with its images and what refers to it goes into an OCI archive and out again", async () => {
  await using folder = await archiveFolder();
  const source = await indexedSource();
  const path = join(folder.path, "out.tar");
  await writeFile(path, "an older archive");
  await write(await openTarSink(path, toArchiveFile(path)), source.source, "v1");
  await using spool = openSpool(folder.path);
  const { registry, entries } = await openOciReader(await openArchive(path, { place: path, spool }));
  assert.deepEqual(
    entries.map(({ digest }) => digest),
    [source.signature.descriptor.digest, source.index.descriptor.digest].toSorted(
      (a, b) => Number(b === entries[0]?.digest) - Number(a === entries[0]?.digest),
    ),
    "children of the index are not listed",
  );
  assert.deepEqual(await list(registry.listTags(at)), ["v1"]);
  await assertHolds(registry, source);
  assert.deepEqual(await readdir(folder.path), ["out.tar"], "nothing is left beside it");
});

test("an OCI archive is read from a stream, and when it is packed as a whole", async () => {
  await using folder = await archiveFolder();
  const source = await indexedSource();
  let archive: Uint8Array = new Uint8Array();
  const keep = async (chunks: AsyncIterable<Uint8Array>) => {
    archive = await collect(chunks);
  };
  await write(await openTarSink("-", keep), source.source, "v1");
  const packed = await collect(gzip(pieces(archive), "fast"));
  const path = await folder.write("a.tgz", packed);
  for (const from of [pieces(archive, 700), pieces(packed, 700), path]) {
    await using spool = openSpool(folder.path);
    const { registry } = await openOciReader(await openArchive(from, { place: "-", spool }));
    await assertHolds(registry, source);
  }
  assert.deepEqual(await readdir(folder.path), ["a.tgz"], "temporary files are gone");
});

test("an OCI archive is read from a named pipe, and waiting for one ends by the signal", async () => {
  await using folder = await archiveFolder();
  const source = await indexedSource();
  const path = join(folder.path, "out.tar");
  await write(await openTarSink(path, toArchiveFile(path)), source.source, "v1");
  const pipe = join(folder.path, "pipe");
  execFileSync("mkfifo", [pipe]);
  await using spool = openSpool(folder.path);
  const writer = spawn("sh", ["-c", 'cat "$0" > "$1"', path, pipe]);
  const { registry } = await openOciReader(await openArchive(pipe, { place: pipe, spool }));
  await assertHolds(registry, source);
  if (writer.exitCode === null) await once(writer, "exit");
  await using _silent = await open(pipe, "r+");
  const leaving = new AbortController();
  const reason = new Error("given up");
  const opening = openArchive(pipe, { place: pipe, spool, signal: leaving.signal });
  setTimeout(() => leaving.abort(reason), 20);
  await assert.rejects(opening, reason);
});

test("the same image gives the same OCI archive", async () => {
  const { source } = await indexedSource();
  const archives: Uint8Array[] = [];
  for (let run = 0; run < 2; run++) {
    await write(await openTarSink("-", async (chunks) => archives.push(await collect(chunks))), source, "v1");
  }
  assert.deepEqual(archives[0], archives[1]);
});

test("an OCI layout keeps what it has, and a name moves", async () => {
  await using folder = await archiveFolder();
  const layout = join(folder.path, "layout");
  const source = memoryRegistry();
  await pushImage(source, at, ["v1"]);
  const first = await pushImage(source, at, ["v2"]);
  await write(await openFolderSink(layout), source, "v1", layout);
  await write(await openFolderSink(layout), source, "v2", layout);
  const file = join(layout, "index.json");
  const index = JSON.parse(await readFile(file, "utf8"));
  const foreign = { ...index.manifests[0], annotations: { "io.containerd.image.name": "docker.io/x/y:1" }, extra: [1] };
  await writeFile(file, JSON.stringify({ ...index, manifests: [...index.manifests, foreign] }));
  const second = await pushImage(source, at, ["v2"]);
  await write(await openFolderSink(layout), source, "v2", layout);
  const { registry } = await openOciReader(folderMembers(layout));
  assert.deepEqual((await list(registry.listTags(at))).toSorted(), ["v1", "v2"]);
  assert.equal((await registry.statManifest(at, "v2")).digest, second.descriptor.digest);
  await assert.rejects(registry.statManifest(at, "v3"), { code: "MANIFEST_UNKNOWN" });
  const { manifests } = JSON.parse(await readFile(file, "utf8"));
  assert.deepEqual(manifests[1], foreign, "entries of other tools stay as they are");
  assert.ok(!JSON.stringify(manifests).includes(first.descriptor.digest));
});

test("an OCI layout takes no blob twice, and is written to by one at a time", async () => {
  await using folder = await archiveFolder();
  const layout = join(folder.path, "layout");
  const source = memoryRegistry();
  await pushImage(source, at, ["v1"]);
  await write(await openFolderSink(layout), source, "v1", layout);
  const outcomes: string[] = [];
  const sink = await openFolderSink(layout);
  await assert.rejects(openFolderSink(layout), { code: "UNAVAILABLE", message: /process \d+ has it open/ });
  await using _ = sink;
  const { registry } = await openOciWriter(sink, folderMembers(layout));
  const listener = { blobDone: (_: unknown, outcome: string) => outcomes.push(outcome) };
  await copyImage(place(source), place(registry), "v1", { listener });
  assert.deepEqual(outcomes, ["there", "there"]);
});

test("an archive that breaks off leaves the file that was there, and tells the source's error", async () => {
  await using folder = await archiveFolder();
  const path = await folder.write("out.tar", Buffer.from("an older archive"));
  const sink = await openTarSink(path, toArchiveFile(path));
  const { registry } = await openOciWriter(sink);
  const blob = randomBlob(500_000);
  const broken = async function* () {
    yield blob.bytes.subarray(0, 300_000);
    throw new RegistryError("UNAVAILABLE", "Cannot read on");
  };
  await assert.rejects(registry.pushBlob(at, blob.descriptor, broken()), { message: "Cannot read on" });
  const other = randomBlob(10);
  await assert.rejects(registry.pushBlob(at, other.descriptor, pieces(other.bytes)), { message: "Cannot read on" });
  await sink[Symbol.asyncDispose]();
  assert.equal(await readFile(path, "utf8"), "an older archive");
  assert.deepEqual(await readdir(folder.path), ["out.tar"]);
});

test("an archive whose consumer fails, or ends too early, keeps no writer waiting", async () => {
  const blob = randomBlob(5_000_000);
  for (const consume of [
    async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const _ of chunks) throw new Error("the disk is full");
    },
    async () => undefined,
  ]) {
    await using sink = await openTarSink("out.tar", consume);
    const { registry } = await openOciWriter(sink);
    await assert.rejects(
      registry.pushBlob(at, blob.descriptor, pieces(blob.bytes)),
      /the disk is full|nobody reads on/,
    );
  }
});

test("content that is not what it should be comes into no layout, and out of none", async () => {
  await using folder = await archiveFolder();
  const layout = join(folder.path, "layout");
  const blob = randomBlob(100);
  await using sink = await openFolderSink(layout);
  const writer = await openOciWriter(sink);
  await assert.rejects(writer.registry.pushBlob(at, blob.descriptor, pieces(randomBlob(100).bytes)), {
    code: "CORRUPT",
  });
  assert.deepEqual(await readdir(join(layout, "blobs/sha256")), []);
  const [, hex = ""] = blob.descriptor.digest.split(":");
  await writeFile(join(layout, "blobs/sha256", hex), randomBlob(100).bytes);
  await writer.finish();
  const { registry } = await openOciReader(folderMembers(layout));
  const content = await registry.getBlob(at, blob.descriptor.digest);
  await assert.rejects(collect(content.body), { code: "CORRUPT" });
  await assert.rejects(registry.getManifest(at, blob.descriptor.digest), { code: "CORRUPT", message: /has digest/ });
});

test("what is no image layout is refused, and so is a device in one", async () => {
  await using folder = await archiveFolder();
  const members = folderMembers(folder.path);
  await assert.rejects(openOciReader(members), { code: "MANIFEST_UNKNOWN", message: /found no "oci-layout"/ });
  await folder.write("oci-layout", Buffer.from('{"imageLayoutVersion":"2.0.0"}'));
  await assert.rejects(openOciReader(members), { code: "UNSUPPORTED", message: /version 2\.0\.0/ });
  await folder.write("oci-layout", Buffer.from("{}"));
  await assert.rejects(openOciReader(members), { code: "CORRUPT", message: /no imageLayoutVersion/ });
  await folder.write("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  await folder.write("index.json", Buffer.from('{"manifests":[{"digest":"x"}]}'));
  await assert.rejects(openOciReader(members), { code: "CORRUPT", message: /manifests\[0\] has no media type/ });
  await folder.write("index.json", Buffer.from("{}"));
  await assert.rejects(openOciReader(members), { code: "CORRUPT", message: /has no manifests/ });
  await symlink("/dev/zero", join(folder.path, "device"));
  await assert.rejects(members.stat("device"), { code: "CORRUPT", message: /no regular file/ });
  await assert.rejects(members.stat("../x"), { code: "CORRUPT", message: /leads out of it/ });
});

test("a layout whose index has no media types is read all the same", async () => {
  await using folder = await archiveFolder();
  const config = randomBlob(10);
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, config: { ...config.descriptor, mediaType: mediaTypes.ociConfig }, layers: [] }),
  );
  const { createHash } = await import("node:crypto");
  const hex = createHash("sha256").update(manifest).digest("hex");
  const entry = { mediaType: mediaTypes.ociManifest, digest: `sha256:${hex}`, size: manifest.byteLength };
  const path = await folder.write(
    "a.tar",
    await tarOf([
      ["oci-layout", '{"imageLayoutVersion":"1.0.0"}'],
      ["index.json", JSON.stringify({ schemaVersion: 2, manifests: [entry] })],
      [`blobs/sha256/${hex}`, manifest],
      [`blobs/${config.descriptor.digest.replace(":", "/")}`, config.bytes],
    ]),
  );
  await using spool = openSpool(folder.path);
  const { registry } = await openOciReader(await openArchive(path, { place: path, spool }));
  const target = memoryRegistry();
  await copyImage(place(registry), place(target), entry.digest, { tags: ["v1"] });
  assert.equal((await target.statManifest(at, "v1")).mediaType, mediaTypes.ociManifest);
});

test("a layout that lacks a blob or a manifest of what it lists is told as what it lacks, and where", async () => {
  await using folder = await archiveFolder();
  const source = memoryRegistry();
  const { descriptor, bytes } = await pushImage(source, at, ["v1"]);
  const layout = join(folder.path, "layout");
  await write(await openFolderSink(layout), source, "v1");
  const [layer = assert.fail()] = JSON.parse(Buffer.from(bytes).toString()).layers;
  const copy = async () => {
    const { registry } = await openOciReader(folderMembers(layout));
    await copyImage(place(registry), place(memoryRegistry()), "v1");
  };
  await copy();
  for (const [what, digest, code] of [
    ["blob", layer.digest, "BLOB_UNKNOWN"],
    ["manifest", descriptor.digest, "MANIFEST_UNKNOWN"],
  ] as const) {
    await rm(join(layout, "blobs/sha256", digest.slice("sha256:".length)));
    const target = what === "blob" ? digest : "v1";
    await assert.rejects(copy(), { code, message: `Cannot find ${what} "${target}": it is not in "${layout}"` });
  }
});
