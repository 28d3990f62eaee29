import assert from "node:assert/strict";
import { test } from "node:test";
import { type EnsureParts, ensureImage, type WantedImage } from "../../../src/images/ensure/mod.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { RecordingLog } from "../../executor/recording_log.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

/** Asks a daemon without images, and no registry. */
async function ensure(image: string, more: Partial<WantedImage> = {}): Promise<unknown> {
  await using fixture = await openFixture();
  const parts: EnsureParts = {
    engine: new FakeEngine(),
    clock: systemClock,
    log: new RecordingLog(),
    way: "gateway",
    state: [fixture.path],
    findAuth: () => assert.fail("credentials were looked for"),
    openRoute: () => assert.fail("a registry was asked"),
  };
  return await ensureImage({ image, pull: "missing", ...more }, parts, { signal: new AbortController().signal });
}

const id = `sha256:${"a".repeat(64)}`;
const rows: readonly [image: string, more: Partial<WantedImage>, code: string, found: string | RegExp][] = [
  [id, {}, "absent", "it is not here, and an image's id cannot be pulled: name its repository"],
  ["app:1", { pull: "never" }, "absent", 'it is not here, and pull is "never"'],
  ["Upper", {}, "invalid", /found upper case in repository/],
  ["app:1", { platform: "linux" }, "invalid", /Cannot parse platform "linux": expected "os\/architecture"/],
];
for (const [image, more, code, found] of rows) {
  test(`ensureImage() tells why ${image.slice(0, 10)} cannot be had with ${JSON.stringify(more)}`, async () => {
    const prefix = `Cannot get image "${image}": `;
    await assert.rejects(ensure(image, more), (error: Error & { code?: string }) => {
      assert.deepEqual([error.name, error.code], ["ImageError", code]);
      assert.ok(error.message.startsWith(prefix), error.message);
      const rest = error.message.slice(prefix.length);
      if (typeof found === "string") assert.equal(rest, found);
      else assert.match(rest, found);
      return true;
    });
  });
}
