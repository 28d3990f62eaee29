import {
  type Digest,
  isRegistryError,
  type Platform,
  parseImageName,
  parsePlatform,
  type Reference,
  ReferenceSyntaxError,
  rankPlatform,
  withDefaultTag,
} from "../../../registry/mod.ts";
import { identityOf } from "../../../registry/values/reference.ts";
import type { Engine, ImageInspect } from "../../docker/mod.ts";
import { findDaemonStore } from "./daemon_store.ts";
import type { EnsureContext, EnsuredImage, EnsureOptions, EnsureParts, WantedImage } from "./ensure_context.ts";
import { UnreachableGateway } from "./gateway_pull.ts";
import { ImageError, toImageError } from "./image_error.ts";
import { ImageLookup, type ResolvedImage } from "./image_lookup.ts";
import type { ImageRoute } from "./image_route.ts";
import { ManifestBook } from "./manifest_book.ts";
import { assertLayers, nameImage } from "./naming.ts";
import { findArrival, noteArrival } from "./note_arrival.ts";
import { pullShared } from "./shared_pull.ts";
import { openStateFolder } from "./state_folder.ts";

/** Sees to it that the daemon has an image. Throws {@link ImageError}, or the signal's reason. */
export async function ensureImage(
  wanted: WantedImage,
  parts: EnsureParts,
  options: EnsureOptions,
): Promise<EnsuredImage> {
  try {
    return await ensure(wanted, parts, options);
  } catch (error) {
    options.signal.throwIfAborted();
    throw toImageError(wanted.image, error);
  }
}

async function ensure(wanted: WantedImage, parts: EnsureParts, options: EnsureOptions): Promise<EnsuredImage> {
  const name = parseName(wanted.image);
  if (name.kind === "image_id") return await findById(wanted.image, parts, options);
  const reference = withDefaultTag(name.reference);
  const named = wanted.isMissing ? undefined : await findNamed(wanted, parts.engine, options);
  // What most launches are: nobody but the daemon is asked, and that once.
  if (named && !mayBeReplaced(wanted, reference)) return named;
  const folder = await openStateFolder(parts.state).catch((cause: Error) => {
    throw new ImageError("unavailable", wanted.image, cause.message, { cause });
  });
  const store = parts.store ?? (await findDaemonStore(parts.engine, options));
  const platform = wanted.platform === undefined ? store.platform : toPlatform(wanted.image, wanted.platform);
  const book = new ManifestBook(folder);
  return await new Ensuring({ ...parts, ...options, wanted, reference, named, folder, store, platform, book }).run();
}

/** What the daemon has under the name that is wanted, for the platform that is wanted. */
async function findNamed(
  { image, platform }: WantedImage,
  engine: Engine,
  { signal }: EnsureOptions,
): Promise<EnsuredImage | undefined> {
  const wished = platform === undefined ? undefined : toPlatform(image, platform);
  const found = await engine.inspectImage(image, { signal });
  if (found === undefined || !isFor(found, wished)) return undefined;
  return { id: found.Id, name: image, outcome: "present", bytes: 0 };
}

function isFor({ Os, Architecture, Variant }: ImageInspect, wished: Platform | undefined): boolean {
  const found = { os: Os, architecture: Architecture, ...(Variant === undefined ? {} : { variant: Variant }) };
  return wished === undefined || rankPlatform(wished, found) !== undefined;
}

/** Whether a registry has to be asked although the daemon has something of that name. */
function mayBeReplaced({ pull }: WantedImage, { digest }: Reference): boolean {
  return pull === "always" || (pull === "fresh" && digest === undefined);
}

class Ensuring {
  readonly #context: EnsureContext;

  constructor(context: EnsureContext) {
    this.#context = context;
  }

  async run(): Promise<EnsuredImage> {
    const { wanted, reference, way, signal } = this.#context;
    const here = this.#context.named ?? (await this.#findByDigest());
    if (here && !mayBeReplaced(wanted, reference)) return here;
    if (wanted.pull === "never") throw new ImageError("absent", wanted.image, 'it is not here, and pull is "never"');
    using route = await this.#context.openRoute(reference);
    if (here && wanted.pull === "fresh" && (await this.#isBelieved(route, here))) return here;
    if (way === "daemon") {
      if (route.direct === "allowed") return await this.#pullDirectly();
      throw this.#keptFrom("fetches by itself (MESOS_DOCKER_PULL, pull.way, or as it is on another host)");
    }
    using lookup = new ImageLookup(wanted.image, route);
    if (here && wanted.pull === "fresh" && (await this.#isCurrent(lookup, here))) {
      if (route.tags?.kind === "cached") await noteArrival(this.#context, here.id);
      return here;
    }
    const resolved = await this.#resolve(lookup).catch((error: unknown) => {
      // The daemon may be set up for what we are not: a proxy, a registry without TLS, a mirror of its own.
      if (route.direct === "forbidden" || !isRegistryError(error, "UNAVAILABLE")) throw error;
      return error;
    });
    if (isRegistryError(resolved)) return await this.#pullDirectly(resolved);
    return await this.#obtain(route, resolved, () => lookup.readConfig(resolved.manifest, { signal }));
  }

  /** What the daemon has of that content without the name that is wanted. */
  async #findByDigest(): Promise<EnsuredImage | undefined> {
    const { engine, wanted, reference, book, store, platform, signal } = this.#context;
    const id = reference.digest && (await book.findId(reference.digest, store, platform));
    const known = id && (await engine.inspectImage(id, { signal }));
    if (!known || !isFor(known, wanted.platform === undefined ? undefined : platform)) return undefined;
    return { id: known.Id, name: known.Id, outcome: "present", bytes: 0 };
  }

  /** Whether by the configuration a tag need not be asked for. */
  async #isBelieved({ tags = { kind: "fresh" } }: ImageRoute, here: EnsuredImage): Promise<boolean> {
    if (tags.kind !== "cached") return tags.kind === "pinned";
    const seenMs = await findArrival(this.#context, here.id);
    return seenMs !== undefined && Math.abs(this.#context.clock.now() - seenMs) <= tags.maximumAgeMs;
  }

  /** Whether a tag still points at what is here. A registry that does not answer leaves it at that. */
  async #isCurrent(lookup: ImageLookup, here: EnsuredImage): Promise<boolean> {
    const { engine, wanted, reference, book, store, platform, log, signal } = this.#context;
    let digest: Digest;
    try {
      ({ digest } = await lookup.stat(identityOf(reference), { signal }));
    } catch (error) {
      if (!isRegistryError(error, "UNAVAILABLE", "TOOMANYREQUESTS")) throw error;
      log.warn("the image that is here is used, its registry does not answer", {
        image: wanted.image,
        error: error.message,
      });
      return true;
    }
    if ((await book.findId(digest, store, platform)) === here.id) return true;
    const image = await engine.inspectImage(here.id, { signal });
    return image?.RepoDigests.some((name) => name.endsWith(`@${digest}`)) ?? false;
  }

  async #resolve(lookup: ImageLookup): Promise<ResolvedImage> {
    const { wanted, reference, platform, book, log, signal } = this.#context;
    const platformIs = wanted.platform === undefined ? "usual" : "wished";
    const resolved = await lookup.resolve(identityOf(reference), platform, { signal, platformIs });
    await book.tryToRemember(resolved, log);
    return resolved;
  }

  /** Content that is here under whatever name needs nothing but a name. */
  async #obtain(
    route: ImageRoute,
    resolved: ResolvedImage,
    readConfig: () => Promise<Uint8Array>,
  ): Promise<EnsuredImage> {
    const context = this.#context;
    const { engine, store, signal, log, wanted, named } = context;
    const id = store.kind === "graph" ? resolved.manifest.config.digest : resolved.top.descriptor.digest;
    if (await engine.inspectImage(id, { signal })) {
      const isNamed = named?.id === id;
      const name = isNamed ? named.name : await nameImage(context, id);
      await noteArrival(context, id);
      return { id, name, outcome: isNamed ? "present" : "named", bytes: 0 };
    }
    assertLayers(wanted.image, resolved, store);
    try {
      const ensured = await pullShared(context, route, { ...resolved, id, readConfig });
      await noteArrival(context, ensured.id);
      return ensured;
    } catch (error) {
      if (!(error instanceof UnreachableGateway)) throw error;
      if (route.direct === "forbidden") throw this.#keptFrom("cannot reach this process", error);
      log.warn("the daemon cannot reach this process, and pulls by itself", { image: wanted.image });
      return await this.#pullDirectly();
    }
  }

  /** Why a daemon does not go to a registry that the configuration leaves to mirrors, of which it knows nothing. */
  #keptFrom(which: string, cause?: Error): ImageError {
    const { wanted, reference } = this.#context;
    const rule = 'only mirrors may be asked for it ("upstream: never" of the configuration)';
    const found = `${rule}, and the daemon, which ${which}, would ask "${reference.domain}"`;
    return new ImageError("refused", wanted.image, found, { cause });
  }

  /** The daemon goes to the registry by itself, with the credentials that we have for it. */
  async #pullDirectly(before?: Error): Promise<EnsuredImage> {
    const { engine, wanted, reference, findAuth, signal, onProgress, log } = this.#context;
    if (before) log.warn("the daemon is asked to pull by itself", { image: wanted.image, error: before.message });
    const auth = await findAuth(reference);
    try {
      await engine.pullImage(wanted.image, {
        signal,
        ...(auth ? { auth } : {}),
        ...(wanted.platform === undefined ? {} : { platform: wanted.platform }),
        ...(onProgress ? { onProgress } : {}),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!before || !(error instanceof Error)) throw error;
      const both = `${before.message}; the daemon by itself: ${error.message}`;
      throw new ImageError("unavailable", wanted.image, both, { cause: error });
    }
    const id = (await engine.inspectImage(wanted.image, { signal }))?.Id ?? "";
    return { id, name: wanted.image, outcome: "pulled by the daemon", bytes: 0 };
  }
}

async function findById(image: string, { engine }: EnsureParts, { signal }: EnsureOptions): Promise<EnsuredImage> {
  const found = await engine.inspectImage(image, { signal });
  if (found) return { id: found.Id, name: image, outcome: "present", bytes: 0 };
  throw new ImageError("absent", image, "it is not here, and an image's id cannot be pulled: name its repository");
}

function parseName(image: string): ReturnType<typeof parseImageName> {
  try {
    return parseImageName(image);
  } catch (error) {
    if (!(error instanceof ReferenceSyntaxError)) throw error;
    throw new ImageError("invalid", image, error.message, { cause: error });
  }
}

function toPlatform(image: string, text: string): Platform {
  try {
    return parsePlatform(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ImageError("invalid", image, error.message, { cause: error });
  }
}
