import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../../registry/values/digest.ts";
import { ImageError } from "../../../src/images/ensure/mod.ts";
import { type Finding, planWarm } from "../../../src/images/warm/warm_plan.ts";
import type { WarmImage } from "../../../src/images/warm/warm_set.ts";
import { layerType } from "../../registry/conformance/specimens.ts";

const imageOf = (name: string, priority = 0): WarmImage => ({ reference: name, name, priority });

/** An image of layers that are written as their sizes, told apart by their letters: `a10 b5`. */
function absent(name: string, layers: string, priority = 0): Finding {
  const wanted = layers.split(" ").flatMap((word) => {
    const [, key = "", size] = /^([a-z])(\d+)$/.exec(word) ?? [];
    return size === undefined
      ? []
      : [{ key, mediaType: layerType, digest: digestOf(new TextEncoder().encode(key)), size: Number(size) }];
  });
  return { image: imageOf(name, priority), state: "absent", isMissing: true, id: name, layers: wanted };
}

const error = new ImageError("unavailable", "x", "nobody answers");

for (const [what, findings, order, bytes] of [
  ["a shared layer counts once", [absent("x", "a10 b1"), absent("y", "a10 c2")], ["x 11", "y 2"], 13],
  ["a layer that an image has twice counts once", [absent("x", "a10 a10")], ["x 10"], 10],
  [
    "what shares most comes first",
    [absent("alone", "z100"), absent("x", "a10 b1"), absent("y", "a10 b1 c5"), absent("w", "a10")],
    ["x 11", "y 5", "w 0", "alone 100"],
    116,
  ],
  [
    "priority comes before sharing",
    [absent("x", "a10"), absent("y", "a10"), absent("first", "z1", 1), absent("last", "a10", -1)],
    ["first 1", "x 10", "y 0", "last 0"],
    11,
  ],
  ["images that share nothing keep their order", [absent("b", "b1"), absent("a", "a9")], ["b 1", "a 9"], 10],
  [
    "what is here costs nothing, and what nobody knows comes last",
    [
      { image: imageOf("here"), state: "here", id: "sha256:1" },
      { image: imageOf("unknown"), state: "unknown", error },
      { image: imageOf("refused"), state: "refused", error },
      absent("x", "a10"),
      absent("y", "a10"),
    ],
    ["x 10", "y 0", "unknown undefined"],
    10,
  ],
  ["an empty set has nothing to do", [], [], 0],
] as const satisfies readonly (readonly [string, readonly Finding[], readonly string[], number])[]) {
  test(`planWarm(): ${what} (J 6)`, () => {
    const plan = planWarm(findings);
    assert.deepEqual(
      plan.images.map((planned) => `${planned.image.name} ${planned.bytes}`),
      order,
    );
    assert.equal(plan.bytes, bytes);
  });
}

test("planWarm() keeps apart what is here and what cannot be had", () => {
  const { present, refused } = planWarm([
    { image: imageOf("here"), state: "here", id: "sha256:1" },
    { image: imageOf("refused"), state: "refused", error },
  ]);
  assert.deepEqual(present, [{ image: imageOf("here"), id: "sha256:1" }]);
  assert.deepEqual(refused, [{ image: imageOf("refused"), error }]);
});
