import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { DaemonStore } from "../../../src/images/ensure/daemon_store.ts";
import { ImageLookup } from "../../../src/images/ensure/image_lookup.ts";
import { ManifestBook } from "../../../src/images/ensure/manifest_book.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { indexOf, prepareImage, pushManifest } from "../../registry/conformance/specimens.ts";
import { beginFile, leaveOver } from "../../registry/layout/left_over.ts";

const platform = { os: "linux", architecture: "amd64" };
const graph: DaemonStore = { daemon: "d", kind: "graph", driver: "overlay2", folder: "/", platform };

async function openBench(path: string) {
  const registry = memoryRegistry({ checks: "nothing" });
  const image = await prepareImage(registry, "app");
  await pushManifest(registry, "app", image, ["one"]);
  const index = indexOf([{ ...image, descriptor: { ...image.descriptor, platform } } as typeof image]);
  await pushManifest(registry, "app", index, ["all"]);
  const route = { repository: "app", upstreams: [{ name: "r", registry }], direct: "allowed" } as const;
  const lookup = new ImageLookup("app", { ...route, [Symbol.dispose]: () => undefined });
  const signal = new AbortController().signal;
  const resolve = (tag: string) => lookup.resolve(tag, platform, { signal });
  return { book: new ManifestBook(path), image, index, resolve };
}

test("ManifestBook leads from the digests of an image and of its index to the image's id", async () => {
  await using fixture = await openFixture();
  const { book, image, index, resolve } = await openBench(fixture.path);
  assert.equal(await book.findId(index.descriptor.digest, graph, platform), undefined);
  const resolved = await resolve("all");
  await book.remember(resolved);
  const id = resolved.manifest.config.digest;
  assert.equal(await book.findId(index.descriptor.digest, graph, platform), id);
  assert.equal(await book.findId(image.descriptor.digest, graph, platform), id);
  const other = { os: "linux", architecture: "s390x" };
  assert.equal(await book.findId(index.descriptor.digest, graph, other), undefined);
});

test("ManifestBook needs no file where images are named by what was pulled", async () => {
  await using fixture = await openFixture();
  const { book, index } = await openBench(fixture.path);
  const { digest } = index.descriptor;
  assert.equal(await book.findId(digest, { ...graph, kind: "containerd" }, platform), digest);
});

test("ManifestBook believes no file that is not what its name says", async () => {
  await using fixture = await openFixture();
  const { book, image, resolve } = await openBench(fixture.path);
  await book.remember(await resolve("one"));
  const [name = ""] = await readdir(join(fixture.path, "manifests"));
  await writeFile(join(fixture.path, "manifests", name), "{}");
  assert.equal(await book.findId(image.descriptor.digest, graph, platform), undefined);
});

/** Remembers an image under a digest of that ending: which one it is decides whether the book looks around. */
async function rememberAs({ book, resolve }: Awaited<ReturnType<typeof openBench>>, ending: string) {
  const { top, manifest } = await resolve("one");
  const digest = `sha256:${"a".repeat(63)}${ending}` as const;
  const content = { ...top, descriptor: { ...top.descriptor, digest } };
  await book.remember({ top: content, own: content, manifest });
}

test("ManifestBook lets the oldest go when there are too many, at one in sixteen manifests", async () => {
  await using fixture = await openFixture();
  const bench = await openBench(fixture.path);
  const folder = join(fixture.path, "manifests");
  await rememberAs(bench, "1");
  for (let index = 0; index < 2000; index++) await writeFile(join(folder, `sha256-${index}`), "");
  await rememberAs(bench, "2");
  assert.equal((await readdir(folder)).length, 2002);
  await rememberAs(bench, "0");
  assert.equal((await readdir(folder)).length, 1000);
});

test("ManifestBook takes away what a killed writer has left, and no file that is being written", async () => {
  await using fixture = await openFixture();
  const bench = await openBench(fixture.path);
  const folder = join(fixture.path, "manifests");
  await rememberAs(bench, "1");
  const left = await leaveOver(folder);
  const begun = await beginFile(folder);
  await rememberAs(bench, "0");
  const names = await readdir(folder);
  assert.deepEqual([names.includes(left), names.includes(begun)], [false, true]);
});
