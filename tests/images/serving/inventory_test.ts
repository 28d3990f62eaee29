import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage } from "../../../registry/memory/memory_storage.ts";
import type { RepositorySizes } from "../../../registry/mod.ts";
import { StoreRegistry } from "../../../registry/store/store_registry.ts";
import { Inventory } from "../../../src/images/serving/inventory.ts";
import { pushImage } from "../../registry/conformance/specimens.ts";

/** An inventory of a store that counts how often it is added up, at a time that a test sets. */
async function openInventory(names: readonly string[], isVisible: (name: string) => boolean = () => true) {
  const store = new StoreRegistry(new MemoryStorage());
  for (const name of names) await pushImage(store, name, ["v1"]);
  const bench = { store, measured: [] as string[], nowMs: 0 };
  const watched = {
    usage: store.usage,
    listRepositories: () => store.listRepositories(),
    measureImages: (name: string): Promise<RepositorySizes> => {
      bench.measured.push(name);
      return store.measureImages(name);
    },
  };
  return Object.assign(bench, { inventory: new Inventory(watched, isVisible, () => bench.nowMs) });
}

const names = ["a", "b/one", "b/two", "c", "d"];

test("an inventory lists in pages, by a part of the name, and only what is visible", async () => {
  const { inventory } = await openInventory(names, (name) => name !== "c");
  assert.equal(await inventory.count(), 4);
  assert.deepEqual(await inventory.list({ search: "", most: 2 }), { names: ["a", "b/one"], next: "b/one" });
  assert.deepEqual(await inventory.list({ search: "", after: "b/one", most: 2 }), {
    names: ["b/two", "d"],
    next: undefined,
  });
  assert.deepEqual(await inventory.list({ search: "b/", most: 5 }), { names: ["b/one", "b/two"], next: undefined });
});

test("an inventory measures what is there and visible", async () => {
  const { inventory } = await openInventory(names, (name) => name !== "c");
  assert.equal((await inventory.measure("a"))?.tags.length, 1);
  for (const name of ["c", "none", "Not a name"]) assert.equal(await inventory.measure(name), undefined);
});

test("an inventory adds a repository up again when it has changed, and for others' sake only after a while", async () => {
  const bench = await openInventory(["a", "b"]);
  const { inventory, measured, store } = bench;
  const [first] = await Promise.all([inventory.summarize("a"), inventory.summarize("a")]);
  assert.deepEqual([first.tags, measured.length], [1, 1]);
  await pushImage(store, "a", ["v2"]);
  assert.deepEqual([(await inventory.summarize("a")).tags, measured.length], [2, 2]);
  await pushImage(store, "b", ["v2"]);
  bench.nowMs = 30_000;
  await inventory.summarize("a");
  assert.equal(measured.length, 2);
  bench.nowMs = 30_001;
  await inventory.summarize("a");
  assert.equal(measured.length, 3);
  bench.nowMs = 300_000;
  await inventory.summarize("a");
  assert.equal(measured.length, 3);
  bench.nowMs = 330_002;
  await inventory.summarize("a");
  assert.equal(measured.length, 4);
});

test("an inventory tries again what could not be measured", async () => {
  const { inventory, store, measured } = await openInventory(["a"]);
  await assert.rejects(inventory.summarize("b"), { code: "NAME_UNKNOWN" });
  await pushImage(store, "b", ["v1"]);
  assert.equal((await inventory.summarize("b")).tags, 1);
  assert.equal(measured.length, 2);
});
