import { isDiskFull } from "../../../registry/mod.ts";
import type { Engine } from "../../docker/mod.ts";
import { sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { EnsureContext, EnsuredImage } from "./ensure_context.ts";
import { openGateway } from "./gateway.ts";
import { GatewayFailures, pullFromGateway, UnreachableGateway, usualPullPatience } from "./gateway_pull.ts";
import { findRawImage } from "./given_image.ts";
import { ImageError } from "./image_error.ts";
import type { ResolvedImage } from "./image_lookup.ts";
import type { ImageRoute } from "./image_route.ts";
import { nameImage } from "./naming.ts";
import { PullBook } from "./pull_book.ts";
import { PullPlace, sweepPulls, usualLeftoverLimits } from "./pull_place.ts";
import { pullingDaemon } from "./pulling_daemon.ts";

/** How often those who wait look, and are told. */
const lookMs = 250;

/** An image that is to be pulled. */
export interface PullableImage extends ResolvedImage {
  /** The id that it will have. */
  readonly id: string;
  /** Its configuration, which is asked for only when layers are unpacked, or space is short. */
  readonly readConfig: () => Promise<Uint8Array>;
}

/**
 * Pulls an image through a gateway, unless somebody on this host does so already: then waits for it, and looks again.
 * Whoever comes here has been given the manifest by the registry with credentials of its own, so that nobody gets by
 * another's what the registry would not give (images contract J 53).
 */
export async function pullShared(
  context: EnsureContext,
  route: ImageRoute,
  image: PullableImage,
): Promise<EnsuredImage> {
  try {
    return await pullOrWait(context, route, image);
  } catch (error) {
    if (error instanceof ImageError || !(error instanceof Error) || !isDiskFull(error)) throw error;
    const { wanted, folder } = context;
    const found = `no space is left in ${folder}: free some, or name another folder by MESOS_DOCKER_STATE`;
    throw new ImageError("space", wanted.image, `${found} (${error.message})`, { cause: error });
  }
}

async function pullOrWait(context: EnsureContext, route: ImageRoute, image: PullableImage): Promise<EnsuredImage> {
  const { engine, folder, store, clock, signal } = context;
  const pulled = store.kind === "graph" ? image.own : image.top;
  const place = new PullPlace(folder, store.daemon, pulled.descriptor.digest);
  await place.open();
  await using turn = await takeTurn(place, context);
  const { id } = image;
  // Who had nobody to wait for has looked a moment ago.
  if (turn.hasWaited && (await engine.inspectImage(id, { signal }))) {
    const name = await nameImage(context, id);
    await dropNames(engine, (await place.read())?.names ?? [], context);
    await place.clear();
    return { id, name, outcome: "shared", bytes: 0 };
  }
  // What others have left makes room before it is looked whether there is any.
  await sweepPulls(folder, clock, usualLeftoverLimits);
  return await new OwnPull(context, route, image, place).run();
}

/** The right to pull, until disposed of. */
interface Turn extends AsyncDisposable {
  /** Whether somebody else had it before. */
  readonly hasWaited: boolean;
}

function toTurn(lock: AsyncDisposable, hasWaited: boolean): Turn {
  return { hasWaited, [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose]() };
}

/** Waits until nobody else pulls the image; how far they are is told meanwhile. */
async function takeTurn(place: PullPlace, { clock, signal, onProgress }: EnsureContext): Promise<Turn> {
  const first = await place.tryLock(clock);
  if (first) return toTurn(first, false);
  await using _waiting = await place.openWaiting();
  const told = new Map<string, string>();
  for (;;) {
    await sleep(clock, lookMs, { signal });
    const lock = await place.tryLock(clock);
    if (lock) return toTurn(lock, true);
    for (const layer of (await place.read())?.layers ?? []) {
      const text = JSON.stringify(layer);
      if (told.get(layer.id) === text) continue;
      told.set(layer.id, text);
      onProgress?.(layer);
    }
  }
}

/** A pull by this process, which has the lock. */
class OwnPull {
  readonly #context: EnsureContext;
  readonly #route: ImageRoute;
  readonly #image: PullableImage;
  readonly #place: PullPlace;
  readonly #book: PullBook;

  constructor(context: EnsureContext, route: ImageRoute, image: PullableImage, place: PullPlace) {
    const { clock, onProgress } = context;
    this.#context = context;
    this.#route = route;
    this.#image = image;
    this.#place = place;
    this.#book = new PullBook(image.manifest.layers, { clock, tell: (progress) => onProgress?.(progress) });
  }

  async run(): Promise<EnsuredImage> {
    const { signal } = this.#context;
    const before = (await this.#place.read())?.names ?? [];
    try {
      const ensured = await this.#pull(before);
      await this.#place.clear();
      return ensured;
    } catch (error) {
      if (await this.#isUseless(error, signal)) await this.#place.clear();
      throw error;
    }
  }

  /** Whether what has come is of no use to whoever comes next. */
  async #isUseless(error: unknown, signal: AbortSignal): Promise<boolean> {
    if (error instanceof UnreachableGateway || isDiskFull(error)) return true;
    if (error instanceof ImageError && error.code === "space") return true;
    return signal.aborted && !(await this.#place.hasWaiting());
  }

  async #pull(before: readonly string[]): Promise<EnsuredImage> {
    const context = this.#context;
    const { engine, wanted, store, clock, log, signal, patience = usualPullPatience } = context;
    const { id, own, top } = this.#image;
    const raw = await findRawImage(context, this.#image, { cache: this.#place.parent });
    if (raw) this.#book.alsoKnownAs(raw.layers);
    this.#book.begin();
    const { digest } = raw?.manifest.descriptor ?? (store.kind === "graph" ? own : top).descriptor;
    const failures = new GatewayFailures({ progress: () => this.#book.fetchedBytes, most: patience.failures });
    await using gateway = await openGateway({
      resolved: this.#image,
      ...(raw ? { raw } : {}),
      route: this.#route,
      folder: this.#place.folder,
      book: this.#book,
      clock,
      giving: store.kind === "containerd" ? "when all are there" : "as they come",
      failed: (...words) => failures.note(...words),
    });
    const daemon = pullingDaemon(engine, wanted.image, gateway);
    const names = [...before, gateway.nameOf(digest)];
    await using _telling = await this.#tell(names);
    await pullFromGateway(gateway, failures, {
      image: wanted.image,
      engine: daemon,
      digest,
      // An index is left to the daemon to choose from, the image of a platform is not.
      ...(store.kind === "graph" || wanted.platform === undefined ? {} : { platform: wanted.platform }),
      book: this.#book,
      sources: this.#route.upstreams.length,
      patience,
      clock,
      log,
      signal,
    });
    // What a storage driver calls an image is certain before.
    const found = store.kind === "graph" ? undefined : await daemon.inspectImage(gateway.nameOf(digest), { signal });
    const pulledId = found?.Id ?? id;
    const name = await nameImage(context, pulledId);
    await dropNames(engine, names, context);
    return { id: pulledId, name, outcome: "pulled", bytes: this.#book.fetchedBytes };
  }

  /** Notes the names for whoever comes after a kill, and tells those who wait how far it is, until disposed of. */
  async #tell(names: readonly string[]): Promise<AsyncDisposable> {
    const { clock, log } = this.#context;
    const write = () => this.#place.write({ names, layers: this.#book.layers });
    await write();
    const tell = async () => {
      if (await this.#place.hasWaiting()) await write();
    };
    const again = () => {
      writing = tell()
        .catch((error: unknown) => log.debug("cannot tell how far a pull is", { error: String(error) }))
        .finally(() => {
          timer = clock.schedule(lookMs, again);
        });
    };
    let writing: Promise<void> = Promise.resolve();
    let timer = clock.schedule(lookMs, again);
    return {
      [Symbol.asyncDispose]: async () => {
        timer.cancel();
        await writing;
        timer.cancel();
      },
    };
  }
}

/** Takes the names from the daemon that an image had only on its way; the image has its own by now. */
async function dropNames(
  engine: Engine,
  names: readonly string[],
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<void> {
  for (const name of names) {
    try {
      await engine.removeImage(name, { signal });
    } catch (error) {
      signal.throwIfAborted();
      // It is a name too many, and no reason to do without the image.
      log.warn("a name on the way cannot be taken from an image", { name, error: String(error) });
    }
  }
}
