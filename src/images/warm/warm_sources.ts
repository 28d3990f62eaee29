import { delegatedReader } from "../../../registry/delegated_registry.ts";
import {
  Allowance,
  Bandwidth,
  formatReference,
  type Quota,
  type Reference,
  type RegistryClock,
  type RegistryReader,
  sparingManifests,
  type Upstream,
} from "../../../registry/mod.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { ConfigFile } from "../config/config_file.ts";
import { HostLimits } from "../config/host_limits.ts";
import { type ImageRoute, toRoute } from "../ensure/mod.ts";
import { toSparing } from "../host_sparing.ts";
import { type Candidate, Sources } from "../resolve/sources.ts";
import { HeardConfigs } from "./heard_configs.ts";
import { HeardManifests } from "./heard_manifests.ts";

/** What warming may take of registries, so that launches keep the rest. */
export interface WarmLimits {
  /** Bytes a second, of all images together. */
  readonly bandwidth?: number;
  /** Of the manifests that a registry still allows us, how many are left to others: we wait when no more are there. */
  readonly reserve?: number;
}

/** What sources of warm images are opened with. */
export interface WarmSourcesOptions {
  readonly config: ConfigFile;
  readonly limits: WarmLimits;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly clock?: RegistryClock;
}

/** How long an image that was looked at may wait for its turn before its tag is asked for again. */
const justHeardMs = 60_000;

/**
 * Where images that are warmed can be had: by the configuration of this host, within limits. All images share the clients,
 * and what a manifest says is asked for once, however often it is looked whether its tag has moved.
 */
export class WarmSources implements Disposable {
  readonly #log: Log;
  readonly #bandwidth: Bandwidth;
  readonly #sources: Sources;
  readonly #allowances = new Map<string, Allowance>();
  readonly #manifests = new HeardManifests(systemClock);
  readonly #configs = new HeardConfigs();
  /** When tags were asked for, of those that are believed for a while. */
  readonly #askedAt = new Map<string, number>();
  #reserve: number | undefined;

  constructor(options: WarmSourcesOptions) {
    const { limits, log } = options;
    this.#log = log;
    this.#reserve = limits.reserve;
    this.#bandwidth = new Bandwidth(limits.bandwidth, options.clock);
    const onQuota = (host: string, quota: Quota) => this.#allowanceOf(host).note(quota);
    this.#sources = new Sources({ ...options, limits: new HostLimits(), onQuota });
  }

  /** From now on these are the limits, also for who waits by others. */
  adapt({ bandwidth, reserve }: WarmLimits): void {
    this.#bandwidth.change(bandwidth);
    this.#reserve = reserve;
    for (const { changed } of this.#allowances.values()) changed.ring();
  }

  /**
   * The route of an image, which the clients outlive. What its tag points at is asked for or, for who has just looked, taken as it was
   * heard then. Throws RegistryError `DENIED`, ConfigError.
   */
  openRoute(reference: Reference, tags: "asked" | "as just heard" = "asked"): ImageRoute {
    const longestMs = tags === "asked" ? 0 : justHeardMs;
    const candidates = this.#sources.candidatesOf(reference);
    return toRoute(
      reference,
      candidates.map((one) => ({ ...one, upstream: this.#limit(reference, one, longestMs) })),
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

  #limit({ domain }: Reference, { host, repository: there, upstream: opened }: Candidate, longestMs: number): Upstream {
    const { registry, ...upstream } = opened;
    const asking = { ...delegatedReader(registry), getManifest: this.#sparing(host, registry) };
    // A mirror may have images of several registries, and calls them by names of its own or is told whose they are.
    const source = `${domain} at ${host}/${there}`;
    const getManifest = this.#manifests.reader(source, asking, {
      longestMs,
      // Where some are to be left to others, it is first heard how many there are.
      isCounted: () => this.#allowanceOf(host).remaining !== undefined || this.#reserve !== undefined,
    });
    const getBlob: RegistryReader["getBlob"] = async (repository, digest, options = {}) => {
      const content = await registry.getBlob(repository, digest, options);
      const bandwidth = this.#bandwidth;
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
        ...this.#configs.reader(source, { getBlob, getManifest }),
      },
    };
  }

  #sparing(host: string, registry: RegistryReader): RegistryReader["getManifest"] {
    const reserve = () => this.#reserve ?? Number.NEGATIVE_INFINITY;
    const log = this.#log;
    return sparingManifests(registry, toSparing(host, { allowance: this.#allowanceOf(host), reserve, log }));
  }

  #allowanceOf(host: string): Allowance {
    const allowance = this.#allowances.get(host) ?? new Allowance();
    this.#allowances.set(host, allowance);
    return allowance;
  }
}
