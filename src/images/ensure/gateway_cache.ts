import { join } from "node:path";
import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import { lateRegistry } from "../../../registry/late_registry.ts";
import { openKeptFile } from "../../../registry/layout/kept_file.ts";
import { openLayoutRegistry } from "../../../registry/layout/layout_registry.ts";
import {
  type Descriptor,
  type Digest,
  isDiskFull,
  memoryRegistry,
  openPullThrough,
  type PullThroughOptions,
  type Registry,
  RegistryError,
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
  /** For what is kept on disk; made when the first of that comes. */
  readonly folder: string;
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
  const opened = new AsyncDisposableStack();
  // What is larger than its manifest says is passed on, and not kept.
  const inMemory = opened.use(pullThrough(emptyRegistry(), options, { largestBytes: smallBytes }));
  const onDisk = opened.use(new DiskCache(options));
  const late = lateRegistry(() => onDisk.open());
  const placeOf = (digest: Digest) => (small.has(digest) ? inMemory.registry : late);
  return {
    ...late,
    getBlob: (repository, digest, how) => placeOf(digest).getBlob(repository, digest, how),
    statBlob: (repository, digest, how) => placeOf(digest).statBlob(repository, digest, how),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function emptyRegistry(): Registry {
  return memoryRegistry({ checks: "nothing" });
}

/** A store for what there is no room for: a pull-through passes on what it cannot keep. */
function unkept(cause: unknown): Registry {
  return { ...delegatedRegistry(emptyRegistry()), startUpload: () => Promise.reject(cause) };
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

type PullThroughPlace = Omit<GatewayCacheOptions, "blobs" | "folder">;

/** What a store has or gets from upstream. */
function pullThrough(
  store: Registry,
  { repository, upstreams, giving }: PullThroughPlace,
  how: Pick<PullThroughOptions, "kept" | "largestBytes"> = {},
): { readonly registry: Registry } & AsyncDisposable {
  const only = { repository, upstreams, tags: { kind: "pinned" } } as const;
  const cache = openPullThrough({
    store,
    route: (name) => (name === repository ? only : undefined),
    ...how,
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
  #isOver = false;

  constructor(options: Omit<GatewayCacheOptions, "blobs">) {
    this.#options = options;
  }

  /** What fails is tried again by the next who asks. */
  async open(): Promise<Registry> {
    if (this.#isOver) throw new RegistryError("UNAVAILABLE", "Cannot go on: the pull has ended");
    this.#opening ??= this.#open();
    try {
      return await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    // Who opens it tells what fails.
    await this.#opening?.catch(() => undefined);
    await this.#opened.disposeAsync();
  }

  async #open(): Promise<Registry> {
    const { folder } = this.#options;
    const store = await this.#openStore(join(folder, "store"));
    const kept = new RememberedUploads(openKeptFile(folder, "beginnings.json"));
    // Disposed of before the store: what still runs would write where nothing is to be left.
    return this.#opened.use(pullThrough(store, this.#options, { kept })).registry;
  }

  async #openStore(path: string): Promise<Registry> {
    try {
      return this.#opened.use(await openLayoutRegistry(path, { checks: "nothing", durability: "none" }));
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return unkept(error);
    }
  }
}
