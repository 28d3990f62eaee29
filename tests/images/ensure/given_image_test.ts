import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { test } from "node:test";
import { digestOf, parseManifest } from "../../../registry/mod.ts";
import type { EnsureContext } from "../../../src/images/ensure/ensure_context.ts";
import { findRawImage } from "../../../src/images/ensure/given_image.ts";
import { RecordingLog } from "../../executor/recording_log.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { layerType, manifestOf, randomBlob } from "../../registry/conformance/specimens.ts";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const diffId = digestOf(new TextEncoder().encode("unpacked"));

/** An image of one layer, so large. */
function imageOf(size: number, config: unknown) {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const layers = [{ ...randomBlob(10).descriptor, mediaType: layerType, size: Math.floor(size) }];
  const own = manifestOf({ schemaVersion: 2, mediaType, config: randomBlob(10).descriptor, layers });
  const manifest = parseManifest(own.bytes, mediaType);
  if (manifest.kind !== "image") throw new Error("it is an index");
  return { top: own, own, manifest, readConfig: async () => encode(config) };
}

const known = { rootfs: { diff_ids: [diffId] } };

function contextAt(folder: string, options: Pick<EnsureContext, "layers">) {
  const log = new RecordingLog();
  const platform = { os: "linux", architecture: "amd64" };
  const store = { daemon: "d", kind: "graph", driver: "overlay2", folder, platform } as const;
  const { signal } = new AbortController();
  const context = {
    engine: new FakeEngine(),
    wanted: { image: "app", pull: "missing" },
    store,
    log,
    signal,
    ...options,
  };
  return { log, context: context as unknown as EnsureContext };
}

test("findRawImage() gives layers unpacked where there is room, as they are where there is only room for that", async () => {
  await using fixture = await openFixture();
  const { bavail, bsize } = await statfs(fixture.path);
  const tight = bavail * bsize * 0.22;
  const elsewhere = { cache: "/nowhere/to/be/found" };
  const { context } = contextAt(fixture.path, {});
  assert.ok((await findRawImage(context, imageOf(1000, known), elsewhere))?.layers.has(diffId));
  assert.equal(await findRawImage(context, imageOf(tight, known), elsewhere), undefined);
  await assert.rejects(findRawImage(context, imageOf(tight * 2, known), elsewhere), { code: "space" });
});

test("findRawImage() refuses what was wished and has no room", async () => {
  await using fixture = await openFixture();
  const { bavail, bsize } = await statfs(fixture.path);
  const { context } = contextAt(fixture.path, { layers: "raw" });
  const places = { cache: "/nowhere/to/be/found" };
  await assert.rejects(findRawImage(context, imageOf(bavail * bsize * 0.22, known), places), { code: "space" });
});

test("findRawImage() says that it leaves layers as they are when nobody knows what they unpack to", async () => {
  await using fixture = await openFixture();
  const { context, log } = contextAt(fixture.path, { layers: "raw" });
  assert.equal(await findRawImage(context, imageOf(1000, {}), { cache: fixture.path }), undefined);
  assert.deepEqual(
    log.lines.map(({ message }) => message),
    ["the layers go to the daemon as they are: it cannot be told what they unpack to"],
  );
});
