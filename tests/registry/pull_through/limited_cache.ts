import assert from "node:assert/strict";
import { openKeptFile } from "../../../registry/layout/kept_file.ts";
import type { LayoutRegistry } from "../../../registry/layout/layout_registry.ts";
import type { CacheLimit, Crowded, Evicted } from "../../../registry/pull_through/eviction.ts";
import { LastUses } from "../../../registry/pull_through/last_uses.ts";
import type { Filled } from "../../../registry/pull_through/observer.ts";
import { type Pin, parsePin } from "../../../registry/pull_through/pin.ts";
import { openPullThrough, type PullThroughRegistry } from "../../../registry/pull_through/pull_through_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { isRegistryError } from "../../../registry/registry_error.ts";
import type { ByteRange } from "../../../registry/values/byte_range.ts";
import type { Digest } from "../../../registry/values/digest.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import {
  collect,
  layerType,
  manifestOf,
  pushManifest,
  pushSpecimen,
  randomBlob,
  type Specimen,
} from "../conformance/specimens.ts";
import { layoutFolder, openQuickly } from "../layout/layout_folder.ts";
import { UpstreamDouble } from "./upstream_double.ts";

/** An image of layers, pushed upstream. */
export interface Image {
  readonly name: string;
  readonly manifest: Specimen;
  readonly blobs: readonly Specimen[];
}

/** A cache on disk with a size, whose clock is the test's. */
export class LimitedCache implements AsyncDisposable {
  readonly upstream = new UpstreamDouble("origin");
  readonly evicted: Evicted[] = [];
  readonly crowded: Crowded[] = [];
  readonly filled: Filled[] = [];
  readonly troubles: unknown[] = [];
  readonly #folder: Awaited<ReturnType<typeof layoutFolder>>;
  nowMs = Date.UTC(2026, 0, 1);
  store!: LayoutRegistry;
  cache!: PullThroughRegistry;
  #uses!: LastUses;

  private constructor(folder: Awaited<ReturnType<typeof layoutFolder>>) {
    this.#folder = folder;
  }

  static async open(sizeBytes: number, pins: readonly string[] = []): Promise<LimitedCache> {
    const bench = new LimitedCache(await layoutFolder());
    await bench.start(sizeBytes, pins);
    return bench;
  }

  get root(): string {
    return this.#folder.root;
  }

  async start(sizeBytes: number, pins: readonly string[] = []): Promise<void> {
    this.store = await openQuickly(this.root, { checks: "nothing" });
    const onTrouble = (error: unknown) => this.troubles.push(error);
    const kept = openKeptFile(this.root, "last-uses.json");
    this.#uses = await LastUses.open({ kept, now: () => this.nowMs, onTrouble });
    const limit: CacheLimit = {
      ...{ store: this.store, sizeBytes, pins: pins.map((text): Pin => parsePin(text)), uses: this.#uses, onTrouble },
      onEvicted: (evicted) => this.evicted.push(evicted),
      onCrowded: (crowded) => this.crowded.push(crowded),
    };
    this.cache = openPullThrough({
      store: this.store,
      route: (name) =>
        name.startsWith("hub/")
          ? { repository: name.slice(4), upstreams: [this.upstream], tags: { kind: "pinned" } }
          : undefined,
      limit,
      onFilled: (filled) => this.filled.push(filled),
    });
  }

  async stop(): Promise<void> {
    await this.cache[Symbol.asyncDispose]();
    await this.#uses[Symbol.asyncDispose]();
    await this.store[Symbol.asyncDispose]();
  }

  async image(
    name: string,
    layers: readonly (number | Specimen)[],
    registry: Registry = this.upstream.content,
  ): Promise<Image> {
    const blobs = [randomBlob(100), ...layers.map((layer) => (typeof layer === "number" ? randomBlob(layer) : layer))];
    for (const blob of blobs) await pushSpecimen(registry, name, blob);
    const [config, ...rest] = blobs.map(({ descriptor }) => descriptor);
    const manifest = manifestOf({
      ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
      config: { ...config, mediaType: mediaTypes.ociConfig },
      layers: rest.map((layer) => ({ ...layer, mediaType: layerType })),
    });
    await pushManifest(registry, name, manifest, ["v1"]);
    return { name, manifest, blobs };
  }

  /** Reads an image through the cache as a client does, a minute after what was done before. */
  async pull({ name, manifest, blobs }: Image, target = "v1"): Promise<void> {
    this.nowMs += 60_000;
    const { descriptor } = await this.cache.getManifest(`hub/${name}`, target);
    assert.equal(descriptor.digest, manifest.descriptor.digest);
    for (const blob of blobs) assert.deepEqual(await this.read(name, blob), Buffer.from(blob.bytes));
    await this.cache.shrink();
  }

  async read(name: string, { descriptor }: Specimen, range?: ByteRange): Promise<Buffer> {
    await using content = await this.cache.getBlob(`hub/${name}`, descriptor.digest, range ? { range } : {});
    return await collect(content.body);
  }

  async has(repository: string, digest: Digest): Promise<boolean> {
    try {
      await this.store.statBlob(repository, digest);
      return true;
    } catch (error) {
      if (!isRegistryError(error, "BLOB_UNKNOWN")) throw error;
      return false;
    }
  }

  get evictedNames(): string[] {
    return this.evicted.map(({ repository }) => repository);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}
