import type { Descriptor, Digest } from "../../../registry/mod.ts";
import type { TransferProgress } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";

/** How far one layer is. */
export interface LayerProgress extends TransferProgress {
  /** The layer's digest, shortened as the daemon does. */
  readonly id: string;
  /** Where its bytes come from. */
  readonly source?: string;
}

/** Shortest pause between two words about one layer's bytes. */
const pauseMs = 250;

/** Counts the bytes of a pull as they come from the sources, and notes what the daemon does with them. */
export class PullBook {
  readonly #clock: Clock;
  readonly #tell: (progress: LayerProgress) => void;
  readonly #layers: Map<string, LayerProgress>;
  /** What the daemon has said last of each of its layers, and of the whole. */
  readonly #heard = new Map<string | undefined, string>();
  /** Of layers that the daemon calls otherwise. */
  readonly #aliases = new Map<string, string>();
  readonly #toldAt = new Map<string, number>();
  #fetchedBytes = 0;
  /** When anything has moved last. */
  movedAt: number;

  constructor(layers: readonly Descriptor[], options: { clock: Clock; tell: (progress: LayerProgress) => void }) {
    this.#clock = options.clock;
    this.#tell = options.tell;
    this.movedAt = options.clock.now();
    this.#layers = new Map(
      layers.map(({ digest, size }) => [
        toLayerId(digest),
        { id: toLayerId(digest), status: "Waiting", totalBytes: size },
      ]),
    );
  }

  /** Bytes that came from sources, those that came twice counted twice. */
  get fetchedBytes(): number {
    return this.#fetchedBytes;
  }

  /** How far each layer is, lowest first. */
  get layers(): readonly LayerProgress[] {
    return [...this.#layers.values()];
  }

  /** What was said last of a layer, by us or by the daemon. */
  statusOf(digest: Digest): string | undefined {
    return this.#layers.get(toLayerId(digest))?.status;
  }

  /** Tells of all layers, so that it is known how much there is. */
  begin(): void {
    for (const id of this.#layers.keys()) this.#tellOf(id);
  }

  /** Layers that the daemon is given unpacked, by the digest of that. */
  alsoKnownAs(layers: ReadonlyMap<Digest, Descriptor>): void {
    for (const [unpacked, { digest }] of layers) this.#aliases.set(toLayerId(unpacked), toLayerId(digest));
  }

  /** `count` bytes of a blob have come, which are there now up to `position`. */
  came(digest: Digest, count: number, position: number, source: string): void {
    this.#fetchedBytes += count;
    this.#move();
    const layer = this.#layers.get(toLayerId(digest));
    if (!layer) return;
    const isWhole = position === layer.totalBytes;
    this.#layers.set(layer.id, { ...layer, status: "Downloading", currentBytes: position, source });
    const now = this.#clock.now();
    if (!isWhole && now - (this.#toldAt.get(layer.id) ?? 0) < pauseMs) return;
    this.#toldAt.set(layer.id, now);
    this.#tellOf(layer.id);
  }

  /** Bytes go to the daemon. */
  went(): void {
    this.#move();
  }

  /**
   * The daemon says something; of downloads it knows only the way from us. Where containerd keeps the images, it says the same again
   * and again while nothing moves.
   */
  heard({ id, status, ...rest }: TransferProgress): void {
    const said = `${status} ${rest.currentBytes}`;
    if (this.#heard.get(id) === said) return;
    this.#heard.set(id, said);
    this.#move();
    const layer = id === undefined ? undefined : this.#layers.get(this.#aliases.get(id) ?? id);
    if (!layer || status === "Downloading" || status === "Pulling fs layer" || status === "Waiting") return;
    this.#layers.set(layer.id, { ...layer, ...rest, status });
    this.#tellOf(layer.id);
  }

  #tellOf(id: string): void {
    const layer = this.#layers.get(id);
    if (layer) this.#tell(layer);
  }

  #move(): void {
    this.movedAt = this.#clock.now();
  }
}

/** As the daemon shortens digests. */
function toLayerId(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1).slice(0, 12);
}
