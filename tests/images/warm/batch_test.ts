import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../../registry/values/digest.ts";
import { chooseNext } from "../../../src/images/warm/batch.ts";
import { KnownLayers } from "../../../src/images/warm/known_layers.ts";
import type { PlannedImage } from "../../../src/images/warm/warm_plan.ts";
import { layerType } from "../../registry/conformance/specimens.ts";

const kilobyte = 1024;
const megabyte = 1024 ** 2;

/** An image that lacks layers of these sizes, by their keys. */
function planned(layers: Record<string, number>, about: { reference?: string; platform?: string } = {}): PlannedImage {
  const { reference = "a:1", platform } = about;
  const lacking = Object.entries(layers).map(([key, size]) => ({
    ...{ mediaType: layerType, digest: digestOf(Buffer.from(key)) },
    ...{ key, size },
  }));
  return {
    image: { reference, name: reference, priority: 0, ...(platform === undefined ? {} : { platform }) },
    state: "absent",
    isMissing: true,
    content: { id: "sha256:1", layers: lacking },
  };
}

const small = (key: string) => planned({ [key]: 64 * kilobyte });
const large = (key: string) => planned({ [key]: 3 * megabyte });
const upon = (key: string, baseBytes = 100 * megabyte) => planned({ base: baseBytes, [key]: 1 });

/** Which of the images are chosen, by their places. */
function choose(images: readonly PlannedImage[], places: { here?: string[]; coming?: string[] } = {}): number[] {
  const chosen = chooseNext(images, {
    isHere: (key) => places.here?.includes(key) ?? false,
    isComing: (key) => places.coming?.includes(key) ?? false,
  });
  return chosen.map((one) => images.indexOf(one));
}

for (const [what, images, expected, places] of [
  ["small ones come together", [small("a"), small("b"), small("c")], [0, 1, 2]],
  ["two are too few", [small("a"), small("b")], [0]],
  ["nothing waits", [], []],
  [
    "at most 16",
    Array.from({ length: 20 }, (_, index) => small(`k${index}`)),
    Array.from({ length: 16 }, (_, at) => at),
  ],
  ["up to the first that is not small", [small("a"), small("b"), small("c"), large("d"), small("e")], [0, 1, 2]],
  ["a large one alone", [large("a"), small("b"), small("c"), small("d")], [0]],
  ["at most 8 MiB", Array.from({ length: 8 }, (_, index) => planned({ [`k${index}`]: 2 * megabyte })), [0, 1, 2, 3]],
  ["a base that has come counts no more", [upon("x"), upon("y"), upon("z")], [0, 1, 2], { here: ["base"] }],
  ["a base that nobody brings comes with the first", [upon("x"), upon("y"), upon("z")], [0]],
  ["who waits for a base is passed over", [upon("x"), upon("y"), large("z"), small("a")], [2], { coming: ["base"] }],
  ["all wait for a base", [upon("x"), upon("y")], [], { coming: ["base"] }],
  [
    "who is large beside its base does not wait for that",
    [planned({ base: 100 * megabyte, a: 3 * megabyte }), upon("x")],
    [0],
    { coming: ["base"] },
  ],
  ["a small base counts once", ["v", "w", "x", "y", "z"].map((key) => upon(key, 1.9 * megabyte)), [0, 1, 2, 3, 4]],
  ["who lacks nothing may have another name", [planned({}), small("b"), small("c"), small("d")], [0]],
  [
    "who is for a platform comes alone",
    [planned({ b: 1 }, { platform: "linux/arm64" }), small("a"), small("b"), small("c")],
    [0],
  ],
  [
    "who has a digest comes alone",
    [small("a"), small("b"), planned({ c: 1 }, { reference: `a@${digestOf(Buffer.from("a"))}` })],
    [0],
  ],
  [
    "who has not come with others comes alone",
    [{ ...small("a"), comesAlone: true }, small("b"), small("c"), small("d")],
    [0],
  ],
] as const satisfies readonly (readonly [
  string,
  readonly PlannedImage[],
  readonly number[],
  { here?: string[]; coming?: string[] }?,
])[]) {
  test(`chooseNext(): ${what}`, () => assert.deepEqual(choose(images, places), expected));
}

test("chooseNext() takes an image alone of which nobody knows what it lacks", () => {
  const { content: _, ...unknown } = planned({});
  assert.deepEqual(choose([{ ...unknown, state: "unknown" }, small("b"), small("c"), small("d")]), [0]);
});

test("KnownLayers tell what is on its way, and what has come of what was planned", () => {
  const known = new KnownLayers();
  const image = upon("x");
  const coming = known.begin([image]);
  const other = known.begin([upon("y")]);
  assert.ok(known.isComing("x") && known.isComing("base"));
  coming[Symbol.dispose]();
  assert.deepEqual(["x", "base"].map(known.isComing), [false, true], "another one brings the base");
  other[Symbol.dispose]();
  assert.equal(known.isComing("base"), false);
  known.come(image, "sha256:2");
  assert.equal(known.isHere("base"), false, "it has become another image");
  known.come(image, "sha256:1");
  assert.ok(known.isHere("base") && known.isHere("x"));
  known.forget();
  assert.equal(known.isHere("base"), false);
});
