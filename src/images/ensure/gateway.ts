import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { bodyOf } from "../../../registry/archive/member_sink.ts";
import { delegatedReader } from "../../../registry/delegated_registry.ts";
import {
  type Digest,
  memoryRegistry,
  openRegistryServer,
  type Registry,
  RegistryError,
  readOnly,
  type Upstream,
} from "../../../registry/mod.ts";
import type { RegistryAuth } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import { openGatewayCache } from "./gateway_cache.ts";
import { givenContent } from "./given_content.ts";
import type { ResolvedImage } from "./image_lookup.ts";
import type { ImageRoute } from "./image_route.ts";
import { LayerOrder } from "./layer_order.ts";
import { LayerTurns } from "./layer_turns.ts";
import type { PullBook } from "./pull_book.ts";
import type { RawImage } from "./raw_image.ts";
import { rawRegistry } from "./raw_registry.ts";
import { boundUpstream, watchedRegistry } from "./watched_registry.ts";

/** What a gateway serves, and from where. */
export interface GatewayOptions {
  readonly resolved: ResolvedImage;
  /** The same image with unpacked layers, for a daemon that is given it so. */
  readonly raw?: RawImage;
  readonly route: ImageRoute;
  /** Where bytes are kept on their way. */
  readonly folder: string;
  readonly book: PullBook;
  readonly clock: Clock;
  /** When bytes of a blob are given: the sooner, the sooner the daemon can work on them. */
  readonly giving: "as they come" | "when all are there";
  /** Told what could not be given to the daemon. */
  readonly failed: (digest: Digest, error: unknown) => void;
}

/** A registry of one image on this host, from which a daemon pulls what others have. */
export interface Gateway extends AsyncDisposable {
  /** Its address, as it stands in the names that the daemon is to pull. */
  readonly host: string;
  /** What the daemon is to pull. */
  nameOf(digest: Digest): string;
  /** By what it is let in, once. */
  readonly auth: RegistryAuth;
  /** Requests so far: none when the daemon cannot reach us. */
  readonly requests: number;
  /** Blobs that are being given. */
  readonly underWay: number;
}

const user = "mesos-docker";

/**
 * Opens a gateway: our registry's server on this host's loop-back, which daemons take without TLS, over a pull-through. The
 * daemon never sees a credential of a registry; a password of the moment keeps others of this host out.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { route, book, resolved, raw, clock } = options;
  const { repository } = route;
  await using opened = new AsyncDisposableStack();
  const closing = new AbortController();
  opened.defer(() => closing.abort(new RegistryError("UNAVAILABLE", "Cannot go on: the pull has ended")));
  const { config, layers: blobs } = resolved.manifest;
  // Layers that go as they came cost little of the time that turns spare, and several images at once lost some by them.
  const turns = raw && new LayerTurns(blobs, { book, clock });
  const upstreams = route.upstreams.map((upstream) =>
    boundUpstream(upstream, closing.signal, (digest, count, ...rest) => {
      turns?.came(digest, count);
      book.came(digest, count, ...rest);
    }),
  );
  const newOrder = () =>
    new LayerOrder(
      blobs.map(({ digest }) => digest),
      clock,
    );
  const cache = opened.use(
    openGatewayCache({
      repository,
      upstreams: upstreams.map(inOrder(newOrder())),
      blobs: [config, ...blobs],
      folder: options.folder,
      giving: options.giving,
    }),
  );
  const counts = { requests: 0, underWay: 0 };
  const unpacked = raw ? rawRegistry(cache, raw.layers) : cache;
  const layerOf = (digest: Digest) => raw?.layers.get(digest)?.digest ?? digest;
  const inTurn = turns?.inTurn(unpacked.getBlob, layerOf) ?? unpacked.getBlob;
  const layers = { ...unpacked, getBlob: newOrder().ordered(inTurn, layerOf) };
  const given = await gatherGiven(repository, resolved, raw);
  const watched = watchedRegistry(readOnly(givenContent(given, layers)), {
    asked: () => {
      counts.underWay++;
      return once(() => counts.underWay--);
    },
    went: () => book.went(),
    failed: options.failed,
  });
  const password = randomBytes(24).toString("base64url");
  const server = await openRegistryServer(watched, {
    port: 0,
    // Whoever ends a pull does not wait for the daemon to hear of it.
    drainMs: 0,
    // How long a connection is silent says nothing of a blob that is on its way here.
    ...(options.giving === "when all are there" ? { idleTimeoutMs: 0 } : {}),
    admit: (authorization) => {
      counts.requests++;
      return admit(authorization, password);
    },
  });
  opened.use(server);
  const { host } = server.url;
  const held = opened.move();
  return {
    host,
    nameOf: (digest) => `${host}/${repository}@${digest}`,
    auth: { kind: "password", username: user, password, serverAddress: host },
    get requests() {
      return counts.requests;
    },
    get underWay() {
      return counts.underWay;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Has the blobs of sources come in an order. */
function inOrder(order: LayerOrder): (upstream: Upstream) => Upstream {
  return (upstream) => {
    const registry = delegatedReader(upstream.registry);
    return { ...upstream, registry: { ...registry, getBlob: order.ordered(registry.getBlob) } };
  };
}

/** What is known of an image by now, which takes no place on disk. */
async function gatherGiven(repository: string, { top, own }: ResolvedImage, raw?: RawImage): Promise<Registry> {
  const given = memoryRegistry({ checks: "nothing" });
  for (const { bytes, descriptor } of [own, top, ...(raw ? [raw.manifest] : [])]) {
    await given.pushManifest(repository, bytes, descriptor);
  }
  if (raw) await given.pushBlob(repository, raw.config, bodyOf(raw.config.bytes));
  return given;
}

/** Gives who has come. */
async function admit(authorization: string | undefined, password: string): Promise<string> {
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const [found, expected] = [authorization ?? "", wanted].map((text) => createHash("sha256").update(text).digest());
  if (found && expected && timingSafeEqual(found, expected)) return user;
  throw new RegistryError("UNAUTHORIZED", "Cannot answer: this registry is for one daemon, and for the moment");
}

/** A function that does something the first time only. */
function once(action: () => void): () => void {
  let left = 1;
  return () => {
    if (left-- > 0) action();
  };
}
