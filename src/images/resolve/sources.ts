import {
  type Credentials,
  type Quota,
  type Reference,
  type RegistryClient,
  RegistryError,
  type RetryPolicy,
  renamedRegistry,
  type Upstream,
  type UpstreamRoute,
} from "../../../registry/mod.ts";
import type { Log } from "../../runtime/log.ts";
import type { ConfigFile } from "../config/config_file.ts";
import type { HostLimits } from "../config/host_limits.ts";
import {
  accessTo,
  type MirrorRule,
  nameAtMirror,
  type RegistryAccess,
  type RegistryRules,
  rulesFor,
} from "../config/registry_rules.ts";
import { openHostClient } from "../host_client.ts";

/** What sources are made of. */
export interface SourcesOptions {
  readonly config: ConfigFile;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** What the configuration limits counts for all together that are given these. */
  readonly limits: HostLimits;
  /** How patient clients are, but for what mirrors have of their own. */
  readonly retries?: Partial<RetryPolicy>;
  /** Credentials that come before those of this host (contract C.3), e.g. a task's. */
  readonly credentials?: (host: string, repository?: string) => Promise<Credentials | undefined>;
  /** Told of what a registry still allows. */
  readonly onQuota?: (host: string, quota: Quota) => void;
}

/** A repository, as a reference has it. */
export type Repository = Pick<Reference, "domain" | "repository">;

/** Somewhere that a repository may be had from, and why there. */
export interface Candidate {
  readonly role: "mirror" | "registry";
  readonly host: string;
  readonly scheme?: "http" | "https";
  /** Name of the repository there. */
  readonly repository: string;
  /** Opened; its registry goes by the repository's own name. */
  readonly upstream: Upstream;
  readonly access: RegistryAccess;
  /** The entry of the configuration that names it, if one does. */
  readonly by?: string;
}

/** Where images are had from, as the configuration says now. Disposing of it closes its clients. */
export class Sources implements Disposable {
  readonly #options: SourcesOptions;
  /** Opened sources by all that makes them: the same ones as long as nothing changes, so that their health is remembered. */
  readonly #opened = new Map<string, Upstream>();
  /** A client that a change of the configuration has put out of use may have transfers under way: all are kept to the end. */
  readonly #clients = new DisposableStack();

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  /**
   * The route of a repository, for a pull-through registry: mirrors in their order, and last the registry itself. Throws
   * RegistryError `DENIED` when the configuration forbids it, ConfigError for files of it that cannot be read.
   */
  routeOf(repository: Repository): UpstreamRoute {
    const candidates = this.candidatesOf(repository);
    const { tagPolicyOf } = this.rulesOf(repository);
    return {
      repository: repository.repository,
      upstreams: candidates.map(({ upstream }) => upstream),
      tags: (tag) => tagPolicyOf(tag).value,
    };
  }

  /** What the configuration says of a repository. */
  rulesOf({ domain, repository }: Repository): RegistryRules {
    return rulesFor(this.#options.config.current, domain, repository);
  }

  /** All that a route is made of, in the same order, with the reasons. Throws as `routeOf()`. */
  candidatesOf(wanted: Repository): Candidate[] {
    const { domain, repository } = wanted;
    const { mirrors, upstream, deny } = this.rulesOf(wanted);
    const refuse = (found: string) => new RegistryError("DENIED", `Cannot get "${domain}/${repository}": ${found}`);
    if (deny.value !== undefined) throw refuse(`registries.${deny.by} denies it: ${deny.value}`);
    const because = ({ by }: { by?: string }) => (by === undefined ? {} : { by });
    const candidates = mirrors.value.map((mirror) => ({ ...this.#openMirror(mirror, wanted), ...because(mirrors) }));
    if (upstream.value === "used") candidates.push({ ...this.#openRegistry(wanted), ...because(upstream) });
    if (candidates.length > 0) return candidates;
    throw refuse(`registries.${upstream.by} says that the registry itself is never asked, and there is no mirror`);
  }

  [Symbol.dispose](): void {
    this.#clients.dispose();
  }

  #openMirror(mirror: MirrorRule, { domain, repository }: Repository): Candidate {
    const { host, scheme, serves, namespace } = mirror;
    const there = nameAtMirror(mirror, repository);
    const access = accessTo(this.#options.config.current, host, there);
    const place = { host, ...(scheme === undefined ? {} : { scheme }), access };
    const key = JSON.stringify([mirror, access, namespace === "told" ? domain : ""]);
    const upstream = this.#open(key, () => {
      // Who has somewhere else to go does not wait for a mirror.
      const retries = { attempts: 2, firstDelayMs: 50 };
      const client = this.#client(place, { retries, ...(namespace === "told" ? { namespace: domain } : {}) });
      return { name: host, serves, registry: renamedRegistry(client, (name) => nameAtMirror(mirror, name)) };
    });
    return { role: "mirror", ...place, repository: there, upstream };
  }

  #openRegistry({ domain, repository }: Repository): Candidate {
    const access = accessTo(this.#options.config.current, domain, repository);
    const place = { host: domain, access };
    const key = JSON.stringify(["registry", place]);
    const upstream = this.#open(key, () => ({ name: domain, registry: this.#client(place, {}) }));
    return { role: "registry", ...place, repository, upstream };
  }

  #open(key: string, open: () => Upstream): Upstream {
    const upstream = this.#opened.get(key) ?? open();
    this.#opened.set(key, upstream);
    return upstream;
  }

  #client(
    { host, ...place }: Pick<Candidate, "host" | "scheme" | "access">,
    more: { retries?: Partial<RetryPolicy>; namespace?: string },
  ): RegistryClient {
    const { variables, log, limits, credentials, onQuota } = this.#options;
    const retries = { ...this.#options.retries, ...more.retries };
    const own = credentials && { credentials: (repository?: string) => credentials(host, repository) };
    const told = onQuota && { onQuota: (quota: Quota) => onQuota(host, quota) };
    const options = { variables, log, limits, ...place, ...more, retries, ...own, ...told };
    return this.#clients.use(openHostClient(host, options));
  }
}
