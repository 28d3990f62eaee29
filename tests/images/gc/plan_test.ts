import assert from "node:assert/strict";
import { test } from "node:test";
import { planCollection } from "../../../src/images/gc/plan.ts";
import type { Protection } from "../../../src/images/gc/verdict.ts";
import type { InventoryImage } from "../../../src/images/inventory/inventory.ts";
import type { Layer } from "../../../src/images/inventory/layer_graph.ts";
import type { Lease } from "../../../src/images/leases/lease_schema.ts";
import { seededRandom } from "../../fakes/seeded_random.ts";
import { idOf, imageOf } from "../specimens.ts";

const nowMs = 1_000_000_000;
const protection: Protection = { minAgeMs: 60_000, onlyCopies: "kept" };
const user = { containerId: "c1", name: "web", state: "exited" };
const owner = { pid: 7, startTime: "1", bootId: "b", pidNamespace: "p" };
const lease: Lease = { kind: "use", references: ["a"], purpose: "task t", takenAtMs: 0, key: "k", owner };

function layer(chain: string, bytes: number): Layer {
  return { chain, bytes };
}

function plan(images: readonly InventoryImage[], bytes: number, inodes = 0, with_: Protection = protection) {
  const made = planCollection({ images }, { bytes, inodes }, with_, nowMs);
  assert.equal(made.victims.length + made.kept.length, images.length, "every image has one verdict");
  return {
    ...made,
    victimIds: made.victims.map(({ image }) => image.id),
    reasonOf: (image: InventoryImage) => made.kept.find((kept) => kept.image === image)?.reason,
  };
}

test("planCollection() removes what was used longest ago, and stops when enough is freed (J 56)", () => {
  const images = [3, 1, 2].map((use) => imageOf(use, [layer(`own-${use}`, 100)], { lastUsedMs: use }));
  const made = plan(images, 150);
  assert.deepEqual(made.victimIds, [idOf(1), idOf(2)]);
  assert.equal(made.freedBytes, 200);
  assert.equal(made.kept[0]?.detail, "others go first");
  assert.equal(made.kept[0]?.reason, "enough");
});

test("planCollection() counts bytes that nobody else has, not the sizes of images (J 56)", () => {
  const base = layer("base", 1000);
  const images = [1, 2, 3].map((use) => imageOf(use, [base, layer(`top-${use}`, 1)], { lastUsedMs: use }));
  assert.deepEqual(plan(images, 2).victimIds, [idOf(1), idOf(2)]);
  const all = plan(images, 3);
  assert.deepEqual(
    all.victims.map(({ bytes }) => bytes),
    [1, 1, 1001],
  );
});

test("planCollection() removes nothing when nothing is needed, be it without a name", () => {
  const nameless = imageOf(1, [layer("a", 1)], { names: [], digests: [] });
  const made = plan([nameless], 0);
  assert.deepEqual(made.victimIds, []);
  assert.equal(made.kept[0]?.detail, "no mark is reached");
});

test("planCollection() removes images without a name first, however late they came", () => {
  const old = imageOf(1, [layer("a", 10)], { lastUsedMs: 1 });
  const nameless = imageOf(2, [layer("b", 10)], { names: [], digests: [], arrivedMs: 500 });
  assert.deepEqual(plan([old, nameless], 10).victimIds, [nameless.id]);
});

test("planCollection() keeps what a container, a launch, a pin, a warm set or a copy needs, and says so (J 57, J 58)", () => {
  const own = (number: number, about: Partial<InventoryImage>) => imageOf(number, [layer(`own-${number}`, 10)], about);
  const warm = { reference: "w", imageId: "w", warmedAtMs: 1 };
  const cases: [InventoryImage, string, RegExp][] = [
    [own(1, { users: [user] }), "used", /^container web \(exited\)$/],
    [own(2, { users: [{ ...user, taskId: "t" }, user] }), "used", /^container web of task t \(exited\), and 1 more$/],
    [own(3, { leases: [lease] }), "leased", /^task t, process 7$/],
    [own(4, { pins: [{ kind: "prefix", value: "lab/" }] }), "pinned", /^prefix lab\/$/],
    [own(5, { warm: [{ ...warm, protectedUntilMs: nowMs + 1 }] }), "warm", /^w until 1970-/],
    [own(6, { warm: [warm] }), "warm", /^w$/],
    [own(7, { arrivedMs: nowMs - 59_999 }), "young", /60 s ago$/],
    [own(8, { lastUsedMs: nowMs - 1000 }), "young", /1 s ago$/],
    [own(9, { origin: "none" }), "only copy", /no registry/],
  ];
  const made = plan(
    cases.map(([image]) => image),
    1000,
    1000,
  );
  assert.deepEqual(made.victimIds, []);
  for (const [image, reason, detail] of cases) {
    const kept = made.kept.find((one) => one.image === image);
    assert.equal(kept?.reason, reason);
    assert.match(kept?.detail ?? "", detail);
  }
});

test("planCollection() lets an image go whose protection has ended, and takes its warming for a use (J 57)", () => {
  const warm = [{ reference: "w", imageId: "w", warmedAtMs: 900_000_000, protectedUntilMs: nowMs }];
  const warmed = imageOf(1, [layer("a", 10)], { warm });
  const used = imageOf(2, [layer("b", 10)], { lastUsedMs: 800_000_000 });
  assert.deepEqual(plan([warmed, used], 10).victimIds, [used.id]);
  assert.deepEqual(plan([warmed, used], 11).victimIds, [used.id, warmed.id]);
});

test("planCollection() removes images that cannot be had again only when told to", () => {
  const loaded = imageOf(1, [layer("a", 10)], { origin: "none" });
  assert.deepEqual(plan([loaded], 10, 0, { ...protection, onlyCopies: "removed" }).victimIds, [loaded.id]);
});

test("planCollection() keeps an image that would free nothing", () => {
  const base = layer("base", 100);
  const parent = imageOf(1, [base], { lastUsedMs: 1 });
  const child = imageOf(2, [base, layer("top", 10)], { lastUsedMs: 2, users: [user] });
  const other = imageOf(3, [layer("other", 10)], { lastUsedMs: 3 });
  const made = plan([parent, child, other], 10);
  assert.deepEqual(made.victimIds, [other.id]);
  assert.equal(made.reasonOf(parent), "frees nothing");
});

test("planCollection() makes victims of all that may go when inodes are short, whose number per image nobody knows (J 61)", () => {
  const images = [
    imageOf(1, [layer("a", 0)]),
    imageOf(2, [layer("b", 10)]),
    imageOf(3, [layer("c", 10)], { users: [user] }),
  ];
  assert.deepEqual(plan(images, 0, 1).victimIds.toSorted(), [idOf(1), idOf(2)]);
});

/** Bytes of the layers of some images, each once: the model that plans are held to. */
function bytesOf(images: readonly InventoryImage[]): number {
  const layers = new Map(images.flatMap((image) => image.layers.map(({ chain, bytes }) => [chain, bytes] as const)));
  return [...layers.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Images in a tree of layers, as builds make them; each protected in any way by chance. */
function randomImages(random: () => number): InventoryImage[] {
  const pick = (count: number) => Math.floor(random() * count);
  const stacks: Layer[][] = [[]];
  const images: InventoryImage[] = [];
  for (let number = 0; number < pick(40); number++) {
    const below = stacks[pick(stacks.length)] ?? [];
    const own = Array.from({ length: pick(4) }, (_, index) =>
      layer(`${number}-${index}`, pick(5) === 0 ? 0 : pick(1000)),
    );
    const layers = [...below, ...own];
    stacks.push(layers);
    images.push(
      imageOf(number, layers, {
        arrivedMs: nowMs - pick(300_000),
        ...(pick(3) > 0 ? { lastUsedMs: nowMs - pick(300_000) } : {}),
        ...(pick(6) === 0 ? { users: [user] } : {}),
        ...(pick(8) === 0 ? { leases: [lease] } : {}),
        ...(pick(8) === 0 ? { pins: [{ kind: "label" as const, value: "a" }] } : {}),
        ...(pick(8) === 0
          ? { warm: [{ reference: "w", imageId: "w", warmedAtMs: 0, protectedUntilMs: nowMs + pick(3) - 1 }] }
          : {}),
        ...(pick(8) === 0 ? { origin: "none" as const } : {}),
        ...(pick(8) === 0 ? { names: [], digests: [] } : {}),
      }),
    );
  }
  return images;
}

function mayGo(image: InventoryImage): boolean {
  const lastMs = Math.max(image.arrivedMs, image.lastUsedMs ?? 0);
  return (
    image.users.length + image.leases.length + image.pins.length === 0 &&
    image.warm.every(({ protectedUntilMs = 0 }) => protectedUntilMs <= nowMs) &&
    nowMs - lastMs >= protection.minAgeMs &&
    image.origin === "registry"
  );
}

/** Throws when a plan breaks a rule. */
function checkRules(seed: number): void {
  const random = seededRandom(seed);
  const images = randomImages(random);
  const candidates = images.filter(mayGo);
  const most = bytesOf(images) - bytesOf(images.filter((image) => !mayGo(image)));
  const need = Math.ceil(random() * 1.3 * (most + 1));
  const made = plan(images, need);
  const victims = made.victims.map(({ image }) => image);
  assert.ok(victims.every(mayGo), "nothing that is protected goes");
  const left = images.filter((image) => !victims.includes(image));
  assert.equal(made.freedBytes, bytesOf(images) - bytesOf(left), "freed bytes are those of the model");
  assert.ok(made.freedBytes >= Math.min(need, most), "the low mark is reached whenever it can be");
  for (const victim of victims) {
    const freed = bytesOf(images) - bytesOf([...left, victim]);
    assert.ok(freed < Math.min(need, most), "no victim goes for nothing");
  }
  if (made.freedBytes < need) {
    const keptIds = made.kept.filter(({ reason }) => reason === "frees nothing").map(({ image }) => image);
    assert.equal(
      victims.length + keptIds.length,
      candidates.length,
      "all that frees something goes when it is not enough",
    );
  }
  let last = 0;
  for (const { names, digests, arrivedMs, lastUsedMs = 0, warm } of victims) {
    const isNamed = names.length + digests.length > 0;
    const rank =
      (isNamed ? 2 * nowMs : 0) + Math.max(arrivedMs, lastUsedMs, ...warm.map(({ warmedAtMs }) => warmedAtMs));
    assert.ok(rank >= last, "the nameless go first, then by use");
    last = rank;
  }
}

test("planCollection() protects, frees enough and frees no more than that, with 500 sets of images by chance", () => {
  for (let seed = 1; seed <= 500; seed++) {
    try {
      checkRules(seed);
    } catch (cause) {
      throw new Error(`with seed ${seed}`, { cause });
    }
  }
});
