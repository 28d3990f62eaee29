import assert from "node:assert/strict";
import { test } from "node:test";
import {
  shortDigest,
  showBytes,
  showCount,
  showPart,
  showTime,
} from "../../../../src/images/serving/page/shown_values.ts";

for (const [bytes, shown] of [
  [0, "0 bytes"],
  [1, "1 byte"],
  [1023, "1023 bytes"],
  [1024, "1.0 KiB"],
  [102_300, "99.9 KiB"],
  [102_400, "100 KiB"],
  [1_048_063, "1023 KiB"],
  [1_048_570, "1.0 MiB"],
  [1_610_612_736, "1.5 GiB"],
  [2 ** 70, "1048576 PiB"],
] as const) {
  test(`showBytes() shows ${bytes} as ${shown}`, () => assert.equal(showBytes(bytes), shown));
}

for (const [ageMs, shown] of [
  [-5000, "just now"],
  [59_999, "just now"],
  [60_000, "1 minute ago"],
  [7_199_999, "1 hour ago"],
  [172_800_000, "2 days ago"],
] as const) {
  test(`showTime() shows ${ageMs} ms as ${shown}, with the time itself`, () => {
    const then = Date.UTC(2026, 10, 6, 7, 8, 9);
    assert.equal(
      showTime(then, then + ageMs).toString(),
      `<time datetime="2026-11-06T07:08:09.000Z" title="2026-11-06 07:08:09 UTC">${shown}</time>`,
    );
  });
}

test("counts, parts and digests are shown short", () => {
  assert.deepEqual(
    [
      showCount(1, "tag"),
      showCount(2345, "tag"),
      showPart(1, 3),
      showPart(0, 0),
      shortDigest(`sha256:${"ab".repeat(32)}`),
    ],
    ["1 tag", "2,345 tags", "33 %", "–", "sha256:abababababab"],
  );
});
