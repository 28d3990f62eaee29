import { delegatedReader } from "../../../registry/delegated_registry.ts";
import {
  Allowance,
  type Bandwidth,
  formatReference,
  type ManifestContent,
  type Quota,
  type Reference,
  type RegistryReader,
  sparingManifests,
  type Upstream,
} from "../../../registry/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { ConfigFile } from "../config/config_file.ts";
import { HostLimits } from "../config/host_limits.ts";
import { type ImageRoute, toRoute } from "../ensure/mod.ts";
import { toSparing } from "../host_sparing.ts";
import { Sources } from "../resolve/sources.ts";

/** What warming may take of registries, so that launches keep the rest. */
export interface WarmLimits {
  /** Shared by all images. */
  readonly bandwidth?: Bandwidth;
  /** Of the manifests that a registry still allows us, how many are left to others: we wait when no more are there. */
  readonly reserve?: number;
}

/** What sources of warm images are opened with. */
export interface WarmSourcesOptions extends WarmLimits {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** Most bytes of manifests that are remembered. */
const mostManifestBytes = 64 * 1024 * 1024;

/**
 * Where images that are warmed can be had: by the configuration of this host, within limits. All images share the clients,
 * and what a manifest says is asked for once, however often it is looked whether its tag has moved.
 */
export class WarmSources implements Disposable {
  readonly #options: WarmSourcesOptions;
  readonly #sources: Sources;
  readonly #allowances = new Map<string, Allowance>();
  readonly #manifests = new Map<string, ManifestContent>();
  /** When tags were asked for, of those that are believed for a while. */
  readonly #askedAt = new Map<string, number>();
  #manifestBytes = 0;

  /** Throws ConfigError when what the operator says of registries cannot be used. */
  constructor(options: WarmSourcesOptions) {
    this.#options = options;
    const config = ConfigFile.open(options);
    const onQuota = (host: string, quota: Quota) => this.#allowanceOf(host).note(quota);
    this.#sources = new Sources({ ...options, config, limits: new HostLimits(), onQuota });
  }

  /** The route of an image, which the clients outlive. Throws RegistryError `DENIED`, ConfigError. */
  openRoute(reference: Reference): ImageRoute {
    const candidates = this.#sources.candidatesOf(reference);
    return toRoute(
      reference,
      candidates.map((one) => ({ ...one, upstream: this.#limit(one.host, one.upstream) })),
    );
  }

  /** Whether what a tag points at is to be believed without a question, by the configuration's policy for it. */
  isBelieved(reference: Reference, nowMs: number): boolean {
    if (reference.digest !== undefined) return true;
    const policy = this.#sources.rulesOf(reference).tagPolicyOf(reference.tag ?? "latest").value;
    if (policy.kind !== "cached") return policy.kind === "pinned";
    const name = formatReference(reference);
    const askedAtMs = this.#askedAt.get(name) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - askedAtMs <= policy.maximumAgeMs) return true;
    this.#askedAt.set(name, nowMs);
    return false;
  }

  [Symbol.dispose](): void {
    this.#sources[Symbol.dispose]();
  }

  #limit(host: string, { registry, ...upstream }: Upstream): Upstream {
    const getManifest = this.#remembering(host, registry);
    const { bandwidth } = this.#options;
    const getBlob: RegistryReader["getBlob"] = async (repository, digest, options = {}) => {
      const content = await registry.getBlob(repository, digest, options);
      if (bandwidth === undefined) return content;
      const body = async function* () {
        for await (const bytes of content.body) {
          await bandwidth.take(bytes.byteLength, options.signal ? { signal: options.signal } : {});
          yield bytes;
        }
      };
      return { ...content, body: body(), [Symbol.asyncDispose]: () => content[Symbol.asyncDispose]() };
    };
    return {
      ...upstream,
      registry: {
        ...delegatedReader(registry),
        getBlob,
        getManifest,
      },
    };
  }

  /** A tag is asked for by HEAD, which counts against no limit of pulls, and its manifest when it is a new one. */
  #remembering(host: string, registry: RegistryReader): RegistryReader["getManifest"] {
    const get = this.#sparing(host, registry);
    return async (repository, target, options) => {
      const { digest } = target.includes(":")
        ? { digest: target }
        : await registry.statManifest(repository, target, options);
      // Whoever may read one repository may not read every other.
      const key = `${host}/${repository}@${digest}`;
      const known = this.#manifests.get(key);
      if (known) return known;
      const content = await get(repository, digest, options);
      this.#remember(key, content);
      return content;
    };
  }

  #sparing(host: string, registry: RegistryReader): RegistryReader["getManifest"] {
    const { reserve, log } = this.#options;
    if (reserve === undefined) return (...call) => registry.getManifest(...call);
    return sparingManifests(registry, toSparing(host, { allowance: this.#allowanceOf(host), reserve, log }));
  }

  /** The oldest go; they are asked for again. */
  #remember(key: string, content: ManifestContent): void {
    if (this.#manifests.has(key)) return;
    this.#manifests.set(key, content);
    this.#manifestBytes += content.bytes.byteLength;
    for (const [oldest, { bytes }] of this.#manifests) {
      if (this.#manifestBytes <= mostManifestBytes) return;
      this.#manifests.delete(oldest);
      this.#manifestBytes -= bytes.byteLength;
    }
  }

  #allowanceOf(host: string): Allowance {
    const allowance = this.#allowances.get(host) ?? new Allowance();
    this.#allowances.set(host, allowance);
    return allowance;
  }
}
