import assert from "node:assert/strict";
import { test } from "node:test";
import { createImageState } from "../../../src/images/state/image_state.ts";
import { WarmProtection } from "../../../src/images/warm/protection.ts";
import type { WarmImage } from "../../../src/images/warm/warm_set.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

const redis: WarmImage = { reference: "redis:7", name: "docker.io/library/redis:7", priority: 0 };
const hourMs = 3_600_000;

test("WarmProtection.renew() goes on protecting what is still wanted, and writes only when that is needed", async () => {
  await using fixture = await openFixture();
  const { warm } = createImageState(fixture.path);
  let writes = 0;
  const put: typeof warm.put = async (...record) => {
    writes++;
    await warm.put(...record);
  };
  const protection = new WarmProtection({ warm: Object.assign(Object.create(warm), { put }) }, "/w.yaml");
  const image = { ...redis, protectMs: hourMs };
  await protection.renew(image, "sha256:1", 0);
  await protection.renew(image, "sha256:1", hourMs / 2 - 1);
  assert.equal(writes, 1);
  await protection.renew(image, "sha256:1", hourMs / 2);
  assert.equal((await warm.list())[0]?.protectedUntilMs, 1.5 * hourMs);
  await protection.renew(image, "sha256:2", hourMs / 2);
  assert.deepEqual(
    (await warm.list()).map(({ imageId }) => imageId),
    ["sha256:2"],
  );
  await protection.renew(redis, "sha256:2", hourMs / 2);
  await protection.renew(redis, "sha256:2", 1000 * hourMs);
  assert.deepEqual([writes, (await warm.list())[0]?.protectedUntilMs], [4, undefined]);
});

test("WarmProtection.release() lets go of what left its own set, however it is spelled", async () => {
  await using fixture = await openFixture();
  const { warm } = createImageState(fixture.path);
  const protections = ["/a.yaml", "/b.yaml", undefined].map((file) => new WarmProtection({ warm }, file));
  for (const protection of protections) await protection.protect(redis, "sha256:1", 0);
  const [a] = protections;
  await a?.release({ images: [{ ...redis, reference: "docker.io/redis:7" }] });
  assert.equal((await warm.list()).length, 3);
  await a?.release({ images: [] });
  assert.deepEqual((await warm.list()).map(({ set }) => set ?? "command line").sort(), ["/b.yaml", "command line"]);
  await protections[2]?.release({ images: [] });
  assert.equal((await warm.list()).length, 2);
});

test("WarmProtection.follow() has another file's set, and leaves that of the one before as protected as it is", async () => {
  await using fixture = await openFixture();
  const { warm } = createImageState(fixture.path);
  const protection = new WarmProtection({ warm });
  protection.follow("/a.yaml");
  await protection.renew(redis, "sha256:1", 0);
  protection.follow("/b.yaml");
  await protection.renew(redis, "sha256:1", 0);
  await protection.release({ images: [redis] });
  assert.deepEqual((await warm.list()).map(({ set }) => set).sort(), ["/a.yaml", "/b.yaml"]);
});
