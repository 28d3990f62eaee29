import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openLayoutRegistry } from "../../../registry/layout/layout_registry.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { KeptUploads } from "../../../registry/pull_through/kept_uploads.ts";
import { openPullThrough, type PullThroughRegistry } from "../../../registry/pull_through/pull_through_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { collect, randomBlob } from "../conformance/specimens.ts";
import { UpstreamDouble } from "./upstream_double.ts";

/** Remembers in memory. */
class Notes implements KeptUploads {
  readonly ids = new Map<string, string>();

  async find(_repository: string, digest: string): Promise<string | undefined> {
    return this.ids.get(digest);
  }

  async note(_repository: string, digest: string, id: string): Promise<void> {
    this.ids.set(digest, id);
  }

  async forget(_repository: string, digest: string): Promise<void> {
    this.ids.delete(digest);
  }
}

const size = 3_000_000;

class Bench {
  readonly origin = new UpstreamDouble("origin");
  readonly kept = new Notes();
  /** First bytes that were asked for, one for each transfer. */
  readonly asked: number[] = [];

  open(store: Registry): PullThroughRegistry {
    const { registry } = this.origin;
    const getBlob: Registry["getBlob"] = (name, digest, options) => {
      this.asked.push((options?.range as { first?: number } | undefined)?.first ?? 0);
      return registry.getBlob(name, digest, options);
    };
    const watched = new Proxy(registry, {
      get: (all, key: keyof Registry) => (key === "getBlob" ? getBlob : all[key]),
    });
    const route = () => ({
      repository: "app",
      upstreams: [{ name: "origin", registry: watched }],
      tags: { kind: "fresh" } as const,
    });
    return openPullThrough({ store, route, kept: this.kept });
  }

  async push() {
    const { bytes } = randomBlob(size);
    const digest = digestOf(bytes);
    const body = async function* () {
      for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
    };
    await this.origin.content.pushBlob("app", { digest }, body());
    return { bytes, digest };
  }
}

const read = async (cache: Registry, digest: ReturnType<typeof digestOf>) => {
  await using content = await cache.getBlob("app", digest);
  return await collect(content.body);
};

test("a transfer that broke off is gone on with where it broke, and no byte but one comes twice", async () => {
  const bench = new Bench();
  using cache = bench.open(memoryRegistry());
  const blob = await bench.push();
  bench.origin.manner = { kind: "breaks off", afterBytes: 1_000_000 };
  await assert.rejects(read(cache, blob.digest), { code: "UNAVAILABLE" });
  assert.equal(bench.kept.ids.size, 1);
  bench.origin.manner = { kind: "well" };
  assert.deepEqual(await read(cache, blob.digest), Buffer.from(blob.bytes));
  assert.deepEqual(bench.asked, [0, 999_999]);
  assert.equal(bench.kept.ids.size, 0, "what is whole is no beginning any more");
});

test("a beginning on disk is gone on with by the next process (J 50)", async () => {
  const bench = new Bench();
  const blob = await bench.push();
  const folder = await mkdtemp(join(tmpdir(), "mesos-docker-test-"));
  try {
    {
      await using store = await openLayoutRegistry(folder, { checks: "nothing", durability: "none" });
      using cache = bench.open(store);
      bench.origin.manner = { kind: "breaks off", afterBytes: 2_000_000 };
      await assert.rejects(read(cache, blob.digest), { code: "UNAVAILABLE" });
    }
    await using store = await openLayoutRegistry(folder, { checks: "nothing", durability: "none" });
    using cache = bench.open(store);
    bench.origin.manner = { kind: "well" };
    assert.deepEqual(await read(cache, blob.digest), Buffer.from(blob.bytes));
    assert.deepEqual(bench.asked, [0, 1_999_999]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a blob of which all was there but its end is asked for one byte", async () => {
  const bench = new Bench();
  const store = memoryRegistry();
  using cache = bench.open(store);
  const blob = await bench.push();
  const upload = await store.startUpload("app");
  const body = async function* () {
    yield blob.bytes;
  };
  await upload.append(body());
  await bench.kept.note("app", blob.digest, upload.id);
  assert.deepEqual(await read(cache, blob.digest), Buffer.from(blob.bytes));
  assert.deepEqual(bench.asked, [size - 1]);
});

test("a beginning that is of something else is dropped, and the next transfer begins anew", async () => {
  const bench = new Bench();
  const store = memoryRegistry();
  using cache = bench.open(store);
  const blob = await bench.push();
  const upload = await store.startUpload("app");
  const body = async function* () {
    yield new Uint8Array(1000);
  };
  await upload.append(body());
  await bench.kept.note("app", blob.digest, upload.id);
  await assert.rejects(read(cache, blob.digest), { code: "CORRUPT" });
  assert.deepEqual(await read(cache, blob.digest), Buffer.from(blob.bytes));
  assert.deepEqual(bench.asked, [999, 0]);
});

test("an upload that is noted and not there is begun anew", async () => {
  const bench = new Bench();
  using cache = bench.open(memoryRegistry());
  const blob = await bench.push();
  await bench.kept.note("app", blob.digest, "00000000-0000-0000-0000-000000000000");
  assert.deepEqual(await read(cache, blob.digest), Buffer.from(blob.bytes));
  assert.deepEqual(bench.asked, [0]);
});
