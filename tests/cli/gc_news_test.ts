import assert from "node:assert/strict";
import { test } from "node:test";
import { GcNews } from "../../src/cli/gc_news.ts";
import type { GcReport, GcVerdict } from "../../src/images/gc/collect.ts";
import { imageOf } from "../images/specimens.ts";

function reportOf(...verdicts: GcVerdict[]): GcReport {
  const none = { bytes: 0, inodes: 0 };
  return { reached: ["bytes"], need: none, left: none, verdicts, freedBytes: 0 };
}

function kept(number: number, reason: "used" | "young", detail = ""): GcVerdict {
  return { image: imageOf(number, []), outcome: "kept", reason, detail };
}

test("GcNews tells of images that stay for another reason than before, and of nothing twice", () => {
  const told: string[] = [];
  const news = new GcNews(({ image, outcome }) => told.push(`${image.names[0]} ${outcome}`));
  const removed: GcVerdict = { image: imageOf(3, []), outcome: "removed", bytes: 1, detail: "" };
  assert.equal(news.tell(reportOf(kept(1, "young", "5 s ago"), kept(2, "used"))), true);
  assert.equal(news.tell(reportOf(kept(1, "young", "35 s ago"), kept(2, "used"))), false);
  assert.deepEqual(told.splice(0), ["image-1:1 kept", "image-2:1 kept"]);
  assert.equal(news.tell(reportOf(kept(1, "used"), kept(2, "used"))), true);
  assert.deepEqual(told.splice(0), ["image-1:1 kept"]);
  assert.equal(
    news.tell(reportOf(kept(1, "used"), kept(2, "used"), removed)),
    true,
    "removals were told as they were done",
  );
  assert.deepEqual(told, []);
});
