import {
  formatFamiliar,
  isRegistryError,
  parsePlatform,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../../../registry/mod.ts";
import { identityOf } from "../../../registry/values/reference.ts";
import type { Engine, ImageSummary } from "../../docker/mod.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { type DaemonStore, findDaemonStore } from "../ensure/daemon_store.ts";
import { toImageError } from "../ensure/image_error.ts";
import { ImageLookup, type ResolvedImage } from "../ensure/image_lookup.ts";
import { ImageError } from "../ensure/mod.ts";
import { assertLayers } from "../ensure/naming.ts";
import { countPresentLayers, readDiffIds, readLayerChains } from "../ensure/present_layers.ts";
import type { Finding, WantedLayer } from "./warm_plan.ts";
import type { WarmImage } from "./warm_set.ts";
import type { WarmSources } from "./warm_sources.ts";

/** What examining takes. */
export interface ExamineParts {
  readonly engine: Engine;
  readonly sources: WarmSources;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** How long it is believed what the daemon has; to list it takes a second where containerd keeps many images. */
const oldestListMs = 60_000;

/** Finds out how images of a set stand, at registries and in the daemon; nothing is fetched but what is said of them. */
export class Examination {
  readonly #parts: ExamineParts;
  /** How the daemon keeps images. */
  readonly store: DaemonStore;
  /** What the daemon has. */
  #images: { readonly atMs: number; readonly listed: Promise<readonly ImageSummary[]> } | undefined;
  #chains: Promise<readonly string[][]> | undefined;

  private constructor(parts: ExamineParts, store: DaemonStore) {
    this.#parts = parts;
    this.store = store;
  }

  /** Throws EngineError. */
  static async open(parts: ExamineParts): Promise<Examination> {
    return new Examination(parts, await findDaemonStore(parts.engine, parts));
  }

  /** Throws EngineError, or the signal's reason; what registries answer is in the finding. */
  async examine(image: WarmImage): Promise<Finding> {
    const { signal, log } = this.#parts;
    try {
      return await this.#ask(image);
    } catch (caught) {
      signal.throwIfAborted();
      const error = toImageError(image.reference, caught);
      if (!(error instanceof ImageError) || error.code === "daemon") throw caught;
      if (error.code !== "unavailable") return { image, state: "refused", error };
      const here = await this.#findId(image.reference);
      if (here === undefined) return { image, state: "unknown", error };
      log.warn("the image that is here counts, its registry does not answer", {
        image: image.reference,
        error: isRegistryError(caught) ? caught.message : error.message,
      });
      return { image, state: "here", id: here };
    }
  }

  async #ask(image: WarmImage): Promise<Finding> {
    const { sources, signal } = this.#parts;
    const reference = withDefaultTag(parseReference(image.reference));
    const named = await this.#findNamed(reference);
    if (named !== undefined && sources.isBelieved(reference, systemClock.now()))
      return { image, state: "here", id: named };
    using route = sources.openRoute(reference);
    using lookup = new ImageLookup(image.reference, route);
    const [platform, platformIs] =
      image.platform === undefined
        ? ([this.store.platform, "usual"] as const)
        : ([parsePlatform(image.platform), "wished"] as const);
    const resolved = await lookup.resolve(identityOf(reference), platform, { signal, platformIs });
    const id = this.store.kind === "graph" ? resolved.manifest.config.digest : resolved.top.descriptor.digest;
    // A storage driver does not know again what it was given by a digest.
    const here = reference.digest === undefined ? named : await this.#findId(id);
    // What containerd calls an image is the same for all platforms: ensuring it looks closer.
    if (here === id && (this.store.kind === "graph" || image.platform === undefined)) {
      return { image, state: "here", id };
    }
    assertLayers(image.reference, resolved, this.store);
    const state = here === undefined || here === id ? "absent" : "moved";
    const isMissing = here === undefined;
    return { image, state, isMissing, id, layers: await this.#findMissing(resolved, lookup) };
  }

  /** Id of the image that the daemon has under the name that is wanted. */
  async #findNamed(reference: Reference): Promise<string | undefined> {
    const name = formatFamiliar(reference);
    if (reference.digest !== undefined) return await this.#findId(name);
    return (await this.#listImages()).find(({ RepoTags }) => RepoTags.includes(name))?.Id;
  }

  /** A look may take long where a registry lets us wait. */
  #listImages(): Promise<readonly ImageSummary[]> {
    const { engine, signal } = this.#parts;
    const nowMs = systemClock.now();
    if (this.#images === undefined || nowMs - this.#images.atMs > oldestListMs) {
      this.#images = { atMs: nowMs, listed: engine.listImages({ signal }) };
    }
    return this.#images.listed;
  }

  /** Id of the image that the daemon knows by that. */
  async #findId(name: string): Promise<string | undefined> {
    const { engine, signal } = this.#parts;
    return (await engine.inspectImage(name, { signal }))?.Id;
  }

  async #findMissing(resolved: ResolvedImage, lookup: ImageLookup): Promise<WantedLayer[]> {
    const { engine, signal } = this.#parts;
    const { manifest } = resolved;
    this.#chains ??= this.#listImages().then((images) => readLayerChains(engine, images, { signal }));
    const chains = await this.#chains;
    const diffIds = chains.length > 0 ? readDiffIds(await lookup.readConfig(manifest, { signal })) : [];
    const present = countPresentLayers(chains, diffIds);
    // A storage driver has a layer for what lies under it: on another base it comes once more.
    const keys = manifest.layers.map(({ digest }, index) =>
      this.store.kind === "containerd"
        ? digest
        : manifest.layers
            .slice(0, index + 1)
            .map((one) => one.digest)
            .join(" "),
    );
    return manifest.layers.map((layer, index) => ({ ...layer, key: keys[index] ?? "" })).slice(present);
  }
}
