import assert from "node:assert/strict";
import { test } from "node:test";
import { LayoutStorage } from "../../../registry/layout/layout_storage.ts";
import { MemoryStorage } from "../../../registry/memory/memory_storage.ts";
import { MeteredStorage } from "../../../registry/store/metered_storage.ts";
import type { Storage } from "../../../registry/store/storage.ts";
import { StoreRegistry } from "../../../registry/store/store_registry.ts";
import { seededRandom } from "../../fakes/seeded_random.ts";
import { pieces, pushImage, pushSpecimen, randomBlob, type Specimen } from "../conformance/specimens.ts";
import { layoutFolder } from "../layout/layout_folder.ts";

interface Subject extends AsyncDisposable {
  readonly storage: Storage;
}

const openers: Record<string, () => Promise<Subject>> = {
  memory: async () => ({ storage: new MemoryStorage(), [Symbol.asyncDispose]: async () => undefined }),
  layout: async () => {
    const folder = await layoutFolder();
    return { ...folder, storage: new LayoutStorage(folder.root, "none") };
  },
};

const repositories = ["a", "b", "c"];

/** What another process would find, which has counted nothing. */
async function measureAnew(storage: Storage): Promise<(number | undefined)[]> {
  const usage = new MeteredStorage(storage);
  await usage.measure();
  for (const name of repositories) await usage.measure(name);
  return [usage.storeBytes, ...repositories.map((name) => usage.repositoryBytes(name))];
}

for (const [name, open] of Object.entries(openers)) {
  test(`the usage of ${name} counts shared bytes once, and uploads while they run`, async () => {
    await using subject = await open();
    const registry = new StoreRegistry(subject.storage);
    const { usage } = registry;
    assert.deepEqual([usage.storeBytes, usage.repositoryBytes("a")], [undefined, undefined]);
    await usage.measure();
    await usage.measure("a");
    await usage.measure("b");
    const blob = randomBlob(1000);
    await pushSpecimen(registry, "a", blob);
    await registry.mountBlob("b", blob.descriptor.digest, { from: "a" });
    assert.deepEqual([usage.storeBytes, usage.repositoryBytes("a"), usage.repositoryBytes("b")], [1000, 1000, 1000]);
    assert.equal(await usage.sizeOf(blob.descriptor.digest), 1000);
    const upload = await registry.startUpload("b");
    await upload.append(pieces(randomBlob(300).bytes));
    assert.deepEqual([usage.storeBytes, usage.repositoryBytes("b"), usage.openUploads], [1300, 1300, 1]);
    await upload.cancel();
    assert.deepEqual([usage.storeBytes, usage.repositoryBytes("b"), usage.openUploads], [1000, 1000, 0]);
    await registry.deleteBlob("a", blob.descriptor.digest);
    assert.deepEqual([usage.storeBytes, usage.repositoryBytes("a")], [1000, 0]);
    await registry.deleteBlob("b", blob.descriptor.digest);
    await registry.collectGarbage();
    assert.deepEqual([usage.storeBytes, usage.repositoryBytes("b")], [0, 0]);
  });

  test(`the usage of ${name} is right when it is measured in the middle of everything`, async () => {
    const random = seededRandom(name.length);
    const choose = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    for (let round = 0; round < 10; round++) {
      await using subject = await open();
      const registry = new StoreRegistry(subject.storage);
      const blobs: Specimen[] = Array.from({ length: 6 }, () => randomBlob(500 + Math.floor(random() * 500)));
      const forget = () => undefined;
      const work: (() => Promise<unknown>)[] = [
        () => pushSpecimen(registry, choose(repositories), choose(blobs)),
        () => pushImage(registry, choose(repositories), [choose(["v1", "v2"])]).catch(forget),
        () => registry.mountBlob(choose(repositories), choose(blobs).descriptor.digest),
        () => registry.deleteBlob(choose(repositories), choose(blobs).descriptor.digest).catch(forget),
        async () => await (await registry.startUpload(choose(repositories))).append(pieces(choose(blobs).bytes, 100)),
        () => registry.collectGarbage(),
      ];
      const collect = () => registry.collectGarbage({ graceMs: -1000, untagged: "remove" });
      for (let step = 0; step < 8; step++) await choose([...work, collect])();
      const measured = Promise.all([undefined, ...repositories].map((one) => registry.usage.measure(one)));
      await Promise.all(Array.from({ length: 12 }, () => choose(work)()));
      await measured;
      for (let step = 0; step < 8; step++) await choose([...work, collect])();
      const found = repositories.map((one) => registry.usage.repositoryBytes(one));
      assert.deepEqual(found, (await measureAnew(subject.storage)).slice(1), `repositories in round ${round}`);
      await registry.collectGarbage({ uploadGraceMs: 1e9 });
      assert.equal(registry.usage.storeBytes, (await measureAnew(subject.storage))[0], `store in round ${round}`);
    }
  });

  test(`the usage of ${name} counts an upload of an earlier process once when it goes on`, async () => {
    await using subject = await open();
    const before = await new StoreRegistry(subject.storage).startUpload("a");
    await before.append(pieces(randomBlob(300).bytes));
    const registry = new StoreRegistry(subject.storage);
    await registry.usage.measure();
    await registry.usage.measure("a");
    const upload = await registry.resumeUpload("a", before.id);
    await upload.append(pieces(randomBlob(100).bytes));
    assert.deepEqual([registry.usage.storeBytes, registry.usage.repositoryBytes("a")], [400, 400]);
    await upload.cancel();
    assert.deepEqual([registry.usage.storeBytes, registry.usage.repositoryBytes("a")], [0, 0]);
  });
}
