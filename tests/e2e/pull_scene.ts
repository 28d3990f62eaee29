// Images of tests' own in a registry of this process, behind a proxy that breaks requests, for daemons of this host.
import { randomBytes, randomUUID } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { memoryRegistry } from "../../registry/memory/memory_registry.ts";
import type { Served } from "../../registry/mod.ts";
import type { Registry } from "../../registry/registry.ts";
import type { ListenOptions } from "../../registry/server/open_registry_server.ts";
import { openRegistryServer } from "../../registry/server/open_registry_server.ts";
import { mediaTypes } from "../../registry/values/media_type.ts";
import type { Engine, RegistryAuth } from "../../src/docker/mod.ts";
import { ConfigFile } from "../../src/images/config/config_file.ts";
import { HostLimits } from "../../src/images/config/host_limits.ts";
import type { EnsureOptions, EnsureParts } from "../../src/images/ensure/mod.ts";
import {
  type EnsuredImage,
  ensureImage,
  type ImageRoute,
  openHostRoute,
  type WantedImage,
} from "../../src/images/ensure/mod.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { RecordingLog } from "../executor/recording_log.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { type FaultRule, followRules } from "../faults/fault.ts";
import { type FaultProxy, openFaultProxy } from "../faults/fault_proxy.ts";
import { encodeConfig } from "../images/archive.ts";
import { type Layer, packLayer } from "../images/layer.ts";
import { blobOf, manifestOf, pushManifest, pushSpecimen } from "../registry/conformance/specimens.ts";
import { isContainerds, withDaemonsId } from "./image_id.ts";

/** An image that a registry has. */
export interface PushedImage {
  readonly digest: `sha256:${string}`;
  /** Of its configuration, or what the daemon of a scene calls it. */
  readonly id: `sha256:${string}`;
  readonly layers: readonly `sha256:${string}`[];
  readonly bytes: number;
}

/** Pushes an image of random layers of these sizes. */
export async function pushRandomImage(
  registry: Registry,
  repository: string,
  tag: string,
  sizes: readonly number[],
): Promise<PushedImage> {
  return await pushLayers(registry, repository, tag, await randomLayers(sizes));
}

/** Layers of random bytes of these sizes. */
export async function randomLayers(sizes: readonly number[]): Promise<Layer[]> {
  return await Promise.all(
    sizes.map((size, index) =>
      packLayer([{ kind: "file", path: `data/${index}-${randomUUID()}`, mode: 0o644, content: randomBytes(size) }]),
    ),
  );
}

const packers = { tar: (bytes: Uint8Array) => bytes, gzip: gzipSync, zstd: zstdCompressSync } as const;

/** Pushes an image of these layers, lowest first. */
export async function pushLayers(
  registry: Registry,
  repository: string,
  tag: string,
  layers: readonly Layer[],
  packing: keyof typeof packers = "gzip",
): Promise<PushedImage> {
  const config = blobOf(
    encodeConfig({
      reference: `${repository}:${tag}`,
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      config: { Env: [], Cmd: ["/data/0"] },
      layers: layers.map((layer) => ({ layer, createdBy: "a test" })),
    }).bytes,
  );
  const blobs = layers.map(({ tar }) => blobOf(packers[packing](tar)));
  const mediaType = `application/vnd.oci.image.layer.v1.tar${packing === "tar" ? "" : `+${packing}`}`;
  for (const blob of [config, ...blobs]) await pushSpecimen(registry, repository, blob);
  const manifest = manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
    layers: blobs.map(({ descriptor }) => ({ ...descriptor, mediaType })),
  });
  await pushManifest(registry, repository, manifest, [tag]);
  return {
    digest: manifest.descriptor.digest as PushedImage["digest"],
    id: config.descriptor.digest as PushedImage["id"],
    layers: blobs.map(({ descriptor }) => descriptor.digest as PushedImage["digest"]),
    bytes: blobs.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
  };
}

/** A registry, and what it was asked. */
export interface Upstream extends AsyncDisposable {
  readonly content: Registry;
  readonly served: Served[];
  readonly proxy: FaultProxy;
  readonly host: string;
  /** From now on these befall requests. */
  obey(...rules: readonly FaultRule[]): void;
  /** Bytes of blobs that were given to whoever asked. */
  readonly blobBytes: number;
  count(kind: string): number;
}

/** How a registry is served. */
export interface UpstreamOptions extends Partial<ListenOptions> {
  /** Whether the bytes of its layers are those of their digests. */
  honesty?: "honest" | "corrupt";
}

export async function openUpstream({ honesty, ...options }: UpstreamOptions = {}): Promise<Upstream> {
  await using opened = new AsyncDisposableStack();
  const content = memoryRegistry();
  const registry = honesty === "corrupt" ? corrupted(content) : content;
  const served: Served[] = [];
  const server = opened.use(
    await openRegistryServer(registry, { port: 0, drainMs: 0, ...options, onServed: (one) => void served.push(one) }),
  );
  const target = { kind: "tcp", host: "127.0.0.1", port: Number(server.url.port) } as const;
  const proxy = opened.use(await openFaultProxy({ kind: "tcp", host: "127.0.0.1", port: 0 }, () => target));
  const held = opened.move();
  return {
    content,
    served,
    proxy,
    host: `127.0.0.1:${proxy.port}`,
    obey: (...rules) => {
      proxy.script = followRules(rules);
    },
    get blobBytes() {
      const blobs = served.filter(({ request }) => request?.kind === "blob_get");
      return blobs.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    },
    count: (kind) => served.filter(({ request }) => request?.kind === kind).length,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** The same registry, whose large blobs have a wrong byte in the middle. */
function corrupted(content: Registry): Registry {
  const getBlob: Registry["getBlob"] = async (...words) => {
    const found = await content.getBlob(...words);
    const wrong = Math.floor(found.descriptor.size / 2);
    const body = async function* () {
      let at = found.span?.first ?? 0;
      for await (const bytes of found.body) {
        const copy = Buffer.from(bytes);
        if (found.descriptor.size > 5000 && at <= wrong && wrong < at + copy.byteLength) {
          copy[wrong - at] = (copy[wrong - at] ?? 0) ^ 1;
        }
        at += copy.byteLength;
        yield copy;
      }
    };
    return { ...found, body: body() };
  };
  return new Proxy(content, {
    get: (whole, key: keyof Registry) => {
      if (key === "getBlob") return getBlob;
      const value = whole[key];
      return typeof value === "function" ? value.bind(whole) : value;
    },
  });
}

/** A place to ensure images in. */
export class PullScene implements AsyncDisposable {
  readonly engine: Engine;
  readonly upstream: Upstream;
  readonly log = new RecordingLog();
  readonly repository = "ensure/app";
  readonly tag = randomUUID();
  readonly state: string;
  readonly #held: AsyncDisposableStack;
  readonly #parts = {
    config: ConfigFile.open({ variables: {}, log: this.log }),
    variables: {},
    log: this.log,
    limits: new HostLimits(),
  };
  /** Asked before the registry itself. */
  mirrors: readonly Upstream[] = [];

  constructor(engine: Engine, upstream: Upstream, state: string, held: AsyncDisposableStack) {
    this.engine = engine;
    this.upstream = upstream;
    this.state = state;
    this.#held = held;
  }

  get image(): string {
    return `${this.upstream.host}/${this.repository}:${this.tag}`;
  }

  async push(...sizes: readonly number[]): Promise<PushedImage> {
    const pushed = await pushRandomImage(this.upstream.content, this.repository, this.tag, sizes);
    return await withDaemonsId(this.engine, pushed);
  }

  /** What a daemon tells of the registry that an image came from: a storage driver would only know the gateway, and forgets it. */
  async digestsOf({ digest }: PushedImage): Promise<string[]> {
    return (await isContainerds(this.engine)) ? [`${this.upstream.host}/${this.repository}@${digest}`] : [];
  }

  /** The same content in another registry. */
  async openMirror(options: UpstreamOptions = {}): Promise<Upstream> {
    const mirror = this.#held.use(await openUpstream(options));
    const { bytes, descriptor } = await this.upstream.content.getManifest(this.repository, this.tag);
    const { config, layers } = JSON.parse(new TextDecoder().decode(bytes));
    for (const { digest } of [config, ...layers]) {
      const { body } = await this.upstream.content.getBlob(this.repository, digest);
      await mirror.content.pushBlob(this.repository, { digest }, body);
    }
    await mirror.content.pushManifest(this.repository, bytes, { ...descriptor, tags: [this.tag] });
    this.mirrors = [...this.mirrors, mirror];
    return mirror;
  }

  async ensure(
    wanted: Partial<WantedImage> = {},
    parts: Partial<EnsureParts> = {},
    options: Partial<EnsureOptions> = {},
  ): Promise<EnsuredImage> {
    return await ensureImage(
      { image: this.image, pull: "missing", ...wanted },
      {
        engine: this.engine,
        clock: systemClock,
        log: this.log,
        way: "gateway",
        state: [this.state],
        ...this.partsFor(() => Promise.resolve(undefined)),
        ...parts,
      },
      { signal: new AbortController().signal, ...options },
    );
  }

  /** What depends on who asks. */
  partsFor(findAuth: () => Promise<RegistryAuth | undefined>): Pick<EnsureParts, "findAuth" | "openRoute"> {
    const parts = { ...this.#parts, findAuth };
    return { findAuth, openRoute: (reference) => Promise.resolve(this.#withMirrors(openHostRoute(reference, parts))) };
  }

  #withMirrors(route: ImageRoute): ImageRoute {
    const clients = this.mirrors.map(({ host }) =>
      openHostRoute({ domain: host, repository: this.repository }, this.#parts),
    );
    return {
      repository: route.repository,
      upstreams: [...clients.flatMap(({ upstreams }) => upstreams), ...route.upstreams],
      direct: this.mirrors.length > 0 ? "forbidden" : "allowed",
      [Symbol.dispose]: () => {
        for (const one of [...clients, route]) one[Symbol.dispose]();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.removeImage(this.image, { force: true });
    await this.#held.disposeAsync();
  }
}

export async function openPullScene(engine: Engine, options: UpstreamOptions = {}): Promise<PullScene> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await openFixture());
  const upstream = opened.use(await openUpstream(options));
  return new PullScene(engine, upstream, folder.path, opened.move());
}
