import { join } from "node:path";
import { lateRegistry } from "../../../registry/late_registry.ts";
import { openKeptFile } from "../../../registry/layout/kept_file.ts";
import { openLayoutRegistry } from "../../../registry/layout/layout_registry.ts";
import {
  type Descriptor,
  type Digest,
  memoryRegistry,
  openPullThrough,
  type Registry,
  RememberedUploads,
  type Upstream,
} from "../../../registry/mod.ts";
import { wholeBlobs } from "./whole_blobs.ts";

/** What is kept of an image on its way, and where. */
export interface GatewayCacheOptions {
  readonly repository: string;
  readonly upstreams: readonly Upstream[];
  /** What the image is made of. */
  readonly blobs: readonly Descriptor[];
  /** Makes the folder for what is kept on disk; asked for when the first of that comes. */
  readonly openFolder: () => Promise<string>;
  /** When bytes of a blob are given: the sooner, the sooner the daemon can work on them. */
  readonly giving: "as they come" | "when all are there";
}

/** A registry of what passes a gateway; disposing of it ends all transfers, and resolves when nothing is written any more. */
export interface GatewayCache extends Registry, AsyncDisposable {}

/** Largest blob that is kept in memory, and most of all of them together. */
const smallBytes = 512 * 1024;
const mostSmallBytes = 4 * 1024 * 1024;

/**
 * A pull-through of one image: large blobs are kept on disk, where another process goes on with them after a kill; small ones in
 * memory, since they are fetched again sooner than a file is made and removed.
 */
export function openGatewayCache({ blobs, ...options }: GatewayCacheOptions): GatewayCache {
  const small = findSmall(blobs);
  const inMemory = pullThrough(memoryRegistry({ checks: "nothing" }), options);
  const onDisk = new DiskCache(options);
  const late = lateRegistry(() => onDisk.open());
  return {
    ...late,
    getBlob: (repository, digest, how) =>
      (small.has(digest) ? inMemory.registry : late).getBlob(repository, digest, how),
    statBlob: (repository, digest, how) =>
      (small.has(digest) ? inMemory.registry : late).statBlob(repository, digest, how),
    [Symbol.asyncDispose]: async () => {
      await inMemory[Symbol.asyncDispose]();
      await onDisk[Symbol.asyncDispose]();
    },
  };
}

/** The smallest, so that most are among them. */
function findSmall(blobs: readonly Descriptor[]): ReadonlySet<Digest> {
  const found = new Set<Digest>();
  let bytes = 0;
  for (const { digest, size } of blobs.toSorted((one, other) => one.size - other.size)) {
    bytes += size;
    if (size > smallBytes || bytes > mostSmallBytes) break;
    found.add(digest);
  }
  return found;
}

type PullThroughPlace = Omit<GatewayCacheOptions, "blobs" | "openFolder">;

/** What a store has or gets from upstream. */
function pullThrough(
  store: Registry,
  { repository, upstreams, giving }: PullThroughPlace,
  kept?: RememberedUploads,
): { readonly registry: Registry } & AsyncDisposable {
  const only = { repository, upstreams, tags: { kind: "pinned" } } as const;
  const cache = openPullThrough({
    store,
    route: (name) => (name === repository ? only : undefined),
    ...(kept ? { kept } : {}),
  });
  return {
    registry: giving === "when all are there" ? wholeBlobs(cache, store) : cache,
    [Symbol.asyncDispose]: () => cache[Symbol.asyncDispose](),
  };
}

/** A pull-through whose store is a folder, which is made when it is wanted. */
class DiskCache implements AsyncDisposable {
  readonly #options: Omit<GatewayCacheOptions, "blobs">;
  readonly #opened = new AsyncDisposableStack();
  #opening: Promise<Registry> | undefined;

  constructor(options: Omit<GatewayCacheOptions, "blobs">) {
    this.#options = options;
  }

  /** What fails is tried again by the next who asks. */
  async open(): Promise<Registry> {
    this.#opening ??= this.#open();
    try {
      return await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Who opens it tells what fails.
    await this.#opening?.catch(() => undefined);
    await this.#opened.disposeAsync();
  }

  async #open(): Promise<Registry> {
    const folder = await this.#options.openFolder();
    const layout = { checks: "nothing", durability: "none" } as const;
    const store = this.#opened.use(await openLayoutRegistry(join(folder, "store"), layout));
    const kept = new RememberedUploads(openKeptFile(folder, "beginnings.json"));
    // Disposed of before the store: what still runs would write where nothing is to be left.
    return this.#opened.use(pullThrough(store, this.#options, kept)).registry;
  }
}
