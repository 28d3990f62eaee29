import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../../registry/values/digest.ts";
import { countTogether, listLacking } from "../../../src/images/warm/batch.ts";
import type { PlannedImage } from "../../../src/images/warm/warm_plan.ts";

const kilobyte = 1024;
const megabyte = 1024 ** 2;

/** An image that lacks layers of these sizes, by their keys. */
function planned(layers: Record<string, number>, about: { reference?: string; platform?: string } = {}): PlannedImage {
  const { reference = "a:1", platform } = about;
  return {
    image: { reference, name: reference, priority: 0, ...(platform === undefined ? {} : { platform }) },
    state: "absent",
    isMissing: true,
    layers: Object.entries(layers).map(([key, size]) => ({ key, size, digest: digestOf(Buffer.from(key)) })),
  };
}

const count = (images: readonly PlannedImage[], here: readonly string[] = []) =>
  countTogether(images, (key) => here.includes(key));

const small = (key: string) => planned({ [key]: 64 * kilobyte });

for (const [what, images, expected, here] of [
  ["small ones come together", [small("a"), small("b"), small("c")], 3],
  ["two are too few", [small("a"), small("b")], 1],
  ["nothing waits", [], 1],
  ["at most 16", Array.from({ length: 20 }, (_, index) => small(`k${index}`)), 16],
  [
    "up to the first that is not small",
    [small("a"), small("b"), small("c"), planned({ d: 3 * megabyte }), small("e")],
    3,
  ],
  ["at most 8 MiB", Array.from({ length: 8 }, (_, index) => planned({ [`k${index}`]: 2 * megabyte })), 4],
  [
    "a base that has come counts no more",
    ["x", "y", "z"].map((key) => planned({ base: 100 * megabyte, [key]: 1 })),
    3,
    ["base"],
  ],
  [
    "a base that is still to come keeps them apart",
    ["x", "y", "z"].map((key) => planned({ base: 100 * megabyte, [key]: 1 })),
    1,
  ],
  ["a small base counts once", ["v", "w", "x", "y", "z"].map((key) => planned({ base: 1.9 * megabyte, [key]: 1 })), 5],
  ["who lacks nothing may have another name", [planned({}), small("b"), small("c"), small("d")], 1],
  [
    "who has a digest or a platform comes alone",
    [small("a"), planned({ b: 1 }, { platform: "linux/arm64" }), small("c")],
    1,
  ],
  [
    "who has a digest comes alone",
    [small("a"), small("b"), planned({ c: 1 }, { reference: `a@${digestOf(Buffer.from("a"))}` })],
    1,
  ],
] as const satisfies readonly (readonly [string, readonly PlannedImage[], number, (readonly string[])?])[]) {
  test(`countTogether(): ${what}`, () => assert.equal(count(images, here), expected));
}

test("countTogether() leaves an image alone of which nobody knows what it lacks", () => {
  const { layers: _, ...unknown } = planned({});
  assert.equal(count([{ ...unknown, state: "unknown" }, small("b"), small("c"), small("d")]), 1);
  assert.deepEqual(
    listLacking({ ...unknown, state: "unknown" }, () => false),
    [],
  );
});
