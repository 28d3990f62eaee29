import assert from "node:assert/strict";
import { test } from "node:test";
import { RememberedUploads } from "../../../registry/pull_through/remembered_uploads.ts";
import type { KeptText } from "../../../registry/store/kept_text.ts";
import { digestOf } from "../../../registry/values/digest.ts";

/** A text in memory, whose disk may be full. */
class Text implements KeptText {
  text: string | undefined;
  isFull = false;

  async read(): Promise<string | undefined> {
    return this.text;
  }

  async write(text: string): Promise<void> {
    if (this.isFull) throw new Error("no space is left");
    this.text = text;
  }
}

const [first, second] = [digestOf(Buffer.from("first")), digestOf(Buffer.from("second"))];

test("RememberedUploads finds what an earlier process has noted, and nothing that stores do not keep any more", async () => {
  const kept = new Text();
  const before = new RememberedUploads(kept);
  await before.note("app", first, "one");
  await before.note("app", second, "two");
  await before.forget("app", second);
  const after = new RememberedUploads(kept);
  assert.equal(await after.find("app", first), "one");
  assert.equal(await after.find("other", first), undefined);
  assert.equal(await after.find("app", second), undefined);
  const begunMs = Date.now() - 86_400_001;
  const uploads = { [`app@${first}`]: { upload: "one", begunMs }, [`app@${second}`]: { upload: 2 } };
  kept.text = JSON.stringify({ version: 1, uploads: { ...uploads, "app@none": { upload: "x", begunMs: Date.now() } } });
  const later = new RememberedUploads(kept);
  assert.equal(await later.find("app", first), undefined, "it is too old");
  assert.equal(await later.find("app", second), undefined, "it has no name");
});

test("RememberedUploads that cannot be read or written say so, and remember for this process", async () => {
  const kept = new Text();
  for (const text of ["{", "[]", '{"version":2,"uploads":{}}', '{"version":1}']) {
    kept.text = text;
    kept.isFull = true;
    const troubles: unknown[] = [];
    const uploads = new RememberedUploads(kept, (error) => troubles.push(error));
    await uploads.note("app", first, "one");
    assert.equal(await uploads.find("app", first), "one");
    assert.equal(kept.text, text);
    assert.match(String(troubles[0]), /^SyntaxError/);
    assert.match(String(troubles[1]), /no space is left/);
    kept.isFull = false;
    await uploads.note("app", second, "two");
    assert.equal(troubles.length, 2);
    assert.equal(await new RememberedUploads(kept).find("app", first), "one", "the next write has all of it");
  }
});
