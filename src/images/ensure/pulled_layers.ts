import type { TransferProgress } from "../../docker/mod.ts";

/** A word about a pull, and who sends the bytes, where that is known. */
export type PulledProgress = TransferProgress & { readonly source?: string };

/** One layer of an image, as it was spoken of last. */
export interface PulledLayer {
  id: string;
  /** The daemon's own word, e.g. `Downloading`. */
  status: string;
  currentBytes?: number;
  /** As the registry has the layer; absent until it is known. */
  totalBytes?: number;
  /** The registry or mirror that its bytes come from, where we fetch them. */
  source?: string;
}

/** What the daemon says of a layer that has been fetched as far as it goes. */
const fetched = new Set(["Already exists", "Download complete", "Pull complete", "Verifying Checksum", "Extracting"]);

/** What it says of one that it has whole. */
const done = new Set(["Already exists", "Pull complete"]);

/** Whether the daemon is done with a layer, by its own word for it. */
export function isLayerDone(status: string | undefined): boolean {
  return status !== undefined && done.has(status);
}

/** How far the layers of one image are. */
export class PulledLayers {
  readonly #layers = new Map<string, PulledLayer>();

  /** Takes what is said of an image; whether it is of a layer. */
  note({ id, status, currentBytes, totalBytes, source }: PulledProgress): boolean {
    // A line with the tag's name for an id opens the pull.
    if (id === undefined || status.startsWith("Pulling from ")) return false;
    const known = this.#layers.get(id);
    // What the daemon extracts it may count in other bytes than those that came.
    const total = known?.totalBytes ?? totalBytes;
    const current = fetched.has(status) ? total : (currentBytes ?? known?.currentBytes);
    const from = source ?? known?.source;
    this.#layers.set(id, {
      id,
      status,
      ...(current === undefined ? {} : { currentBytes: current }),
      ...(total === undefined ? {} : { totalBytes: total }),
      ...(from === undefined ? {} : { source: from }),
    });
    return true;
  }

  /** In the order in which they were spoken of first. */
  get all(): readonly PulledLayer[] {
    return [...this.#layers.values()];
  }

  get fetchedBytes(): number {
    return this.#sum(({ currentBytes }) => currentBytes);
  }

  /** Bytes of all layers whose size is known. */
  get knownBytes(): number {
    return this.#sum(({ totalBytes }) => totalBytes);
  }

  get fetchedLayers(): number {
    return this.#count(fetched);
  }

  /** Layers that the daemon has whole. */
  get doneLayers(): number {
    return this.#count(done);
  }

  #sum(bytes: (layer: PulledLayer) => number | undefined): number {
    return this.all.reduce((total, layer) => total + (bytes(layer) ?? 0), 0);
  }

  #count(statuses: ReadonlySet<string>): number {
    return this.all.filter(({ status }) => statuses.has(status)).length;
  }
}
