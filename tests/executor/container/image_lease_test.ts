import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { leaseImage } from "../../../src/executor/container/image_lease.ts";
import { listLeases } from "../../../src/images/leases/leases.ts";
import { createImageState } from "../../../src/images/state/image_state.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

const image = { reference: "app:1", purpose: "task t1" };
const { signal } = new AbortController();

test("leaseImage() keeps an image until disposed of, and notes its use then", async () => {
  await using fixture = await openFixture();
  const state = createImageState(fixture.path);
  {
    await using _lease = await leaseImage(image, { folder: fixture.path, log: silentLog }, { signal });
    assert.deepEqual(
      (await listLeases(state)).map(({ references, purpose }) => [...references, purpose]),
      [["app:1", "task t1"]],
    );
  }
  assert.deepEqual(await listLeases(state), []);
  assert.deepEqual(
    (await state.uses.list()).map(({ reference }) => reference),
    ["app:1"],
  );
});

test("leaseImage() goes without where nothing can be written", async () => {
  await using fixture = await openFixture();
  await fixture.write("file", "");
  const folder = join(fixture.path, "file", "below");
  await using _lease = await leaseImage(image, { folder, log: silentLog }, { signal });
});
