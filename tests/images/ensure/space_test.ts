import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { test } from "node:test";
import { assertSpace, measureLayers } from "../../../src/images/ensure/space.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

const digest = `sha256:${"0".repeat(64)}` as const;
const platform = { os: "linux", architecture: "amd64" };
const storeAt = (folder: string) => ({ daemon: "d", kind: "graph", driver: "overlay2", folder, platform }) as const;

test("measureLayers() adds layers up, and guesses what they become", () => {
  const oci = "application/vnd.oci.image.layer.v1.tar";
  const layers = [oci, `${oci}+gzip`, `${oci}+zstd`].map((mediaType) => ({ mediaType, digest, size: 100 }));
  assert.deepEqual(measureLayers({ layers }), { packed: 300, unpacked: 650 });
  assert.deepEqual(measureLayers({ layers: [] }), { packed: 0, unpacked: 0 });
});

test("assertSpace() refuses what does not fit, with the numbers, and adds up what lies on one file system (J 54)", async () => {
  await using fixture = await openFixture();
  const { bavail, bsize } = await statfs(fixture.path);
  const free = bavail * bsize;
  const places = { cache: fixture.path, store: storeAt(fixture.path) };
  await assertSpace("app", { packed: 1000, unpacked: 1000 }, places);
  // Fits where it is on its way, and where it is unpacked, and not in both.
  const need = { packed: Math.floor(free * 0.4), unpacked: Math.floor(free * 0.5) };
  await assert.rejects(assertSpace("app", need, places), {
    code: "space",
    message:
      /^Cannot get image "app": it needs about \d+ MB at ".*" \(\d+ MB packed, about \d+ MB unpacked\), where \d+ MB are free$/,
  });
});

test("assertSpace() does not judge a daemon whose folder is not here", async () => {
  await using fixture = await openFixture();
  const { bavail, bsize } = await statfs(fixture.path);
  const need = { packed: 1000, unpacked: bavail * bsize * 2 };
  await assertSpace("app", need, { cache: fixture.path, store: storeAt("/nowhere/to/be/found") });
});
