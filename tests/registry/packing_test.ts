// Whoever has looked at content has to end its reading.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openDockerWriter } from "../../registry/archive/docker_writer.ts";
import type { MemberSink } from "../../registry/archive/member_sink.ts";
import { openSpool } from "../../registry/archive/spool.ts";
import { peek } from "../../registry/packing.ts";
import { digestOf } from "../../registry/values/digest.ts";

/** Content in pieces, and whether its reading has ended. */
function watchedContent(pieces: readonly string[]) {
  const content = { isOpen: false, body };
  async function* body(): AsyncGenerator<Uint8Array> {
    content.isOpen = true;
    try {
      for (const piece of pieces) yield new TextEncoder().encode(piece);
    } finally {
      content.isOpen = false;
    }
  }
  return content;
}

test("content that was looked at, and is not read then, is closed", async () => {
  const content = watchedContent(["begin", "end"]);
  {
    using begun = await peek(content.body());
    assert.equal(new TextDecoder().decode(begun.first), "begi");
    assert.equal(content.isOpen, true);
  }
  await setTimeout(1);
  assert.equal(content.isOpen, false);
});

test("content that was looked at is read whole", async () => {
  using begun = await peek(watchedContent(["a", "b", "cdef", "gh"]).body());
  let text = "";
  for await (const bytes of begun.body) text += new TextDecoder().decode(bytes);
  assert.equal(text, "abcdefgh");
});

test("a blob is closed that a docker-archive does not take any more, because another has failed", async () => {
  const sink: MemberSink = {
    place: "the daemon",
    stat: async () => undefined,
    write: () => Promise.reject(new Error("Cannot write: another has failed")),
    finish: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  await using spool = openSpool("/nowhere");
  const { registry } = openDockerWriter(sink, { names: [], packings: ["tar"], spool });
  const pieces = ["a layer ", "of two pieces"];
  const content = watchedContent(pieces);
  const bytes = new TextEncoder().encode(pieces.join(""));
  const expected = { digest: digestOf(bytes), size: bytes.byteLength };
  await assert.rejects(registry.pushBlob("image", expected, content.body()), /another has failed/);
  await setTimeout(1);
  assert.equal(content.isOpen, false);
});
