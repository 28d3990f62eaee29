import assert from "node:assert/strict";
import { test } from "node:test";
import { openTarSink } from "../../../registry/archive/tar_sink.ts";

/** Pieces that come one after the other, with turns of the event loop between them. */
async function* slowly(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) {
    yield new Uint8Array(100_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

for (const before of [0, 1, 3]) {
  test(`a tar whose taker fails after ${before} pieces tells whoever writes why, and whoever writes next`, async () => {
    let taken = 0;
    await using sink = await openTarSink("x.tar", async (archive) => {
      for await (const _ of archive) if (taken++ >= before) throw new Error("no space is left");
    });
    await assert.rejects(sink.write("a", 10 * 100_000, slowly(10)), /^Error: no space is left$/);
    await assert.rejects(sink.write("b", 100_000, slowly(1)), /^Error: no space is left$/);
    await assert.rejects(sink.finish(), /^Error: no space is left$/);
  });
}

test("a tar whose member breaks off tells why", async () => {
  await using sink = await openTarSink("x.tar", async (archive) => {
    for await (const _ of archive);
  });
  const breaking = async function* () {
    yield* slowly(1);
    throw new Error("the source is gone");
  };
  await assert.rejects(sink.write("a", 300_000, breaking()), /^Error: the source is gone$/);
  await assert.rejects(sink.finish(), /^Error: the source is gone$/);
});
