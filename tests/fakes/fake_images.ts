import {
  type CallOptions,
  type DiskUsage,
  type Engine,
  EngineError,
  type HistoryEntry,
  type ImageInspect,
  type ImageSummary,
} from "../../src/docker/mod.ts";
import { notFound } from "./engine_faults.ts";
import { plainImage } from "./engine_specimens.ts";
import type { FakeCalls } from "./fake_calls.ts";

/** An image with all that the daemon tells of it, for tests that look at more than names. */
export interface FakeImage {
  readonly id: string;
  names: string[];
  digests: string[];
  /** Its layers with their bytes, lowest first. */
  readonly layers: readonly { readonly digest: string; readonly bytes: number }[];
  readonly labels?: Readonly<Record<string, string>>;
}

type ImageCalls = Pick<
  Engine,
  | "inspectImage"
  | "listImages"
  | "imageHistory"
  | "diskUsage"
  | "pullImage"
  | "loadImage"
  | "saveImage"
  | "tagImage"
  | "removeImage"
>;

/** The images of a fake daemon: plain names, and images with layers. */
export class FakeImages implements ImageCalls {
  /** References that the daemon has. */
  readonly names = new Set<string>();
  /** Images with layers. */
  detailed: FakeImage[] = [];
  /** References that every archive brings, whatever is in it. */
  archive: readonly string[] = [];
  /** References that a pull finds; every other one is not found. */
  readonly registry = new Set<string>();
  /** Says of an image why the daemon does not remove it. */
  inUse: (image: FakeImage) => string | undefined = () => undefined;
  readonly #made: FakeCalls;

  constructor(made: FakeCalls) {
    this.#made = made;
  }

  async inspectImage(reference: string, options?: CallOptions): Promise<ImageInspect | undefined> {
    return await this.#made.make("inspectImage", reference, options, () => {
      const image = this.#find(reference);
      if (image) return toInspect(image);
      return this.names.has(reference) ? { ...plainImage, RepoTags: [reference] } : undefined;
    });
  }

  async listImages(options?: CallOptions): Promise<ImageSummary[]> {
    return await this.#made.make("listImages", "", options, () => this.#list());
  }

  async imageHistory(reference: string, options?: CallOptions): Promise<HistoryEntry[] | undefined> {
    return await this.#made.make("imageHistory", reference, options, () =>
      this.#find(reference)
        ?.layers.map(({ bytes }) => ({ CreatedBy: "", Created: 0, Size: bytes }))
        .reverse(),
    );
  }

  async diskUsage(options?: CallOptions): Promise<DiskUsage> {
    return await this.#made.make("diskUsage", "", options, () => ({ LayersSize: 0, Images: this.#list() }));
  }

  async pullImage(reference: string, options?: CallOptions): Promise<void> {
    await this.#made.make("pullImage", reference, options, () => {
      if (!this.registry.has(reference)) throw notFound("pull image", reference);
      this.names.add(reference);
    });
  }

  async loadImage(): Promise<string[]> {
    return await this.#made.make("loadImage", "", undefined, () => {
      if (this.archive.length === 0) {
        throw new EngineError("unsupported", "Cannot load image: the fake engine reads no archives");
      }
      for (const reference of this.archive) this.names.add(reference);
      return [...this.archive];
    });
  }

  saveImage(image: string): never {
    throw notFound("save image", image);
  }

  async tagImage(image: string, reference: string, options?: CallOptions): Promise<void> {
    await this.#made.make("tagImage", image, options, () => {
      const found = this.#find(image);
      if (found) found.names.push(reference);
      else if (this.names.has(image)) this.names.add(reference);
      else throw notFound("tag image", image);
    });
  }

  async removeImage(reference: string, options?: CallOptions): Promise<void> {
    await this.#made.make("removeImage", reference, options, () => {
      const found = this.#find(reference);
      if (found) this.#take(found, reference);
      else this.names.delete(reference);
    });
  }

  /** Like the daemon: names of an image in use can be taken, its last one cannot; digests go with the last tag. */
  #take(image: FakeImage, reference: string): void {
    const names = image.names.filter((name) => name !== reference);
    const digests =
      names.length === 0 && image.names.length > 0 ? [] : image.digests.filter((name) => name !== reference);
    if (names.length + digests.length === 0) {
      const why = this.inUse(image);
      if (why !== undefined) {
        throw new EngineError("conflict", `Cannot remove image "${reference}": ${why}`, { status: 409 });
      }
      this.detailed = this.detailed.filter((one) => one !== image);
    }
    image.names = names;
    image.digests = digests;
  }

  #list(): ImageSummary[] {
    const plain = [...this.names].map((name) => ({ ...toSummary(plainImage), RepoTags: [name] }));
    return [...plain, ...this.detailed.map((image) => toSummary(toInspect(image)))];
  }

  #find(reference: string): FakeImage | undefined {
    return this.detailed.find(
      ({ id, names, digests }) => id === reference || names.includes(reference) || digests.includes(reference),
    );
  }
}

function toInspect({ id, names, digests, layers, labels = {} }: FakeImage): ImageInspect {
  return {
    ...plainImage,
    Id: id,
    RepoTags: [...names],
    RepoDigests: [...digests],
    Size: layers.reduce((sum, { bytes }) => sum + bytes, 0),
    Config: { ...plainImage.Config, Labels: labels },
    Layers: layers.map(({ digest }) => digest),
  };
}

function toSummary({ Id, RepoTags, RepoDigests, Size, Config }: ImageInspect): ImageSummary {
  return { Id, RepoTags, RepoDigests, Created: 0, Size, Labels: Config.Labels };
}
