import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { LayerGraph, toChainIds } from "../../../src/images/inventory/layer_graph.ts";
import { addContent, agreeOnSizes, sizeLayers } from "../../../src/images/inventory/layer_sizes.ts";
import { seededRandom } from "../../fakes/seeded_random.ts";

function step(size: number, createdBy = "RUN x") {
  return { CreatedBy: createdBy, Created: 0, Size: size };
}

test("toChainIds() digests each layer with all that are below it", () => {
  const [a, b, c] = ["a", "b", "c"].map((text) => `sha256:${createHash("sha256").update(text).digest("hex")}`);
  const ab = `sha256:${createHash("sha256").update(`${a} ${b}`).digest("hex")}`;
  const abc = `sha256:${createHash("sha256").update(`${ab} ${c}`).digest("hex")}`;
  assert.deepEqual(toChainIds([a!, b!, c!]), [a, ab, abc]);
  assert.deepEqual(toChainIds([]), []);
});

test("LayerGraph counts unique bytes exactly, however images come and go (against a brute-force model)", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const pick = (count: number) => Math.floor(random() * count);
    const all = Array.from({ length: 12 }, (_, number) => ({
      id: `${number}`,
      layers: Array.from({ length: pick(6) }, () => pick(15)).map((chain) => ({ chain: `${chain}`, bytes: chain * 7 })),
    }));
    const graph = new LayerGraph(all.slice(0, 6));
    let present = all.slice(0, 6);
    const total = () => {
      const layers = new Map(present.flatMap(({ layers }) => layers.map(({ chain, bytes }) => [chain, bytes])));
      return [...layers.values()].reduce((sum, bytes) => sum + bytes, 0);
    };
    for (let turn = 0; turn < 40; turn++) {
      const image = all[pick(all.length)]!;
      const before = total();
      const isThere = present.includes(image);
      present = isThere ? present.filter((one) => one !== image) : [...present, image];
      const changed = Math.abs(total() - before);
      if (isThere) assert.equal(graph.uniqueBytes(image.id), changed, `seed ${seed}`);
      assert.equal(isThere ? graph.remove(image.id) : graph.add(image), changed, `seed ${seed}`);
      assert.equal(graph.totalBytes, total(), `seed ${seed}`);
    }
  }
});

test("sizeLayers() is exact when the steps that made layers can be told from the others", () => {
  const exact = (bytes: number[]) => ({ bytes, certainty: "exact" });
  assert.deepEqual(sizeLayers(2, [step(0, "CMD"), step(5), step(0, "ENV"), step(9)], 14), exact([9, 5]));
  assert.deepEqual(sizeLayers(2, [step(0), step(9)], 9), exact([9, 0]));
  assert.deepEqual(sizeLayers(0, [], 0).bytes, []);
  assert.deepEqual(sizeLayers(1, [], 7), exact([7]));
});

test("sizeLayers() takes steps that only say something for those without a layer, and owns to a guess", () => {
  const history = [
    step(0, '/bin/sh -c #(nop)  CMD ["sh"]'),
    step(5),
    step(0, "RUN true"),
    step(0, "ENV A=1"),
    step(9, "COPY x"),
  ];
  assert.deepEqual(sizeLayers(3, history, 14), { bytes: [9, 0, 5], certainty: "estimated" });
  assert.deepEqual(sizeLayers(3, [step(9)], 10), { bytes: [3, 3, 4], certainty: "estimated" });
  assert.deepEqual(sizeLayers(1, [step(1), step(2)], 3), { bytes: [3], certainty: "exact" });
});

test("agreeOnSizes() gives a layer one size in all images, an exact one where there is one", () => {
  const layer = (chain: string, bytes: number) => ({ chain, bytes });
  const [first, second, third] = agreeOnSizes([
    { id: "1", layers: [layer("a", 10), layer("b", 4)], certainty: "estimated" },
    { id: "2", layers: [layer("a", 12)], certainty: "exact" },
    { id: "3", layers: [layer("b", 3)], certainty: "estimated" },
  ]);
  assert.deepEqual(first?.layers, [layer("a", 12), layer("b", 3)]);
  assert.deepEqual([first?.certainty, second?.certainty, third?.certainty], ["estimated", "exact", "estimated"]);
});

test("addContent() shares what containerd keeps compressed out among the layers", () => {
  assert.deepEqual(addContent({ bytes: [30, 10], certainty: "exact" }, 60), {
    bytes: [45, 15],
    certainty: "estimated",
  });
  assert.deepEqual(addContent({ bytes: [30], certainty: "exact" }, 30), { bytes: [30], certainty: "exact" });
});
