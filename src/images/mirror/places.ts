import { type Place, parseReference, type Reference, type RegistryClient } from "../../../registry/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { ConfigFile } from "../config/config_file.ts";
import { HostLimits } from "../config/host_limits.ts";
import { accessTo } from "../config/registry_rules.ts";
import { openHostClient } from "../host_client.ts";

/** What places are opened with. */
export interface PlaceOptions {
  variables: Readonly<Record<string, string | undefined>>;
  log: Log;
}

/** A repository somewhere, and what of it. */
export interface OpenPlace extends Place<RegistryClient> {
  /** Tag or digest; `latest` when none is named. */
  readonly target: string;
  /** As it was written. */
  readonly text: string;
}

/** Clients of registries, one for each host and what the configuration says of it, which are closed by disposing. */
export class Places implements Disposable {
  readonly #options: PlaceOptions;
  readonly #config: ConfigFile;
  readonly #limits = new HostLimits();
  readonly #clients = new Map<string, RegistryClient>();

  /** Throws ConfigError when what the operator says of registries cannot be used. */
  constructor(options: PlaceOptions) {
    this.#options = options;
    this.#config = ConfigFile.open(options);
  }

  /** `[http://]host/repository[:tag][@digest]`, or a name of Docker Hub's; throws ReferenceSyntaxError. */
  open(text: string): OpenPlace {
    const [, scheme, rest = text] = /^(https?):\/\/(.*)$/.exec(text) ?? [];
    const reference = parseReference(rest);
    const registry = this.#client(reference, scheme as "http" | "https" | undefined);
    return { registry, repository: reference.repository, target: reference.digest ?? reference.tag ?? "latest", text };
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client[Symbol.dispose]();
  }

  #client({ domain, repository }: Reference, scheme: "http" | "https" | undefined): RegistryClient {
    const { variables, log } = this.#options;
    const access = accessTo(this.#config.current, domain, repository);
    const key = JSON.stringify([scheme, domain, access]);
    const limits = this.#limits.of(domain, access.limits);
    const more = { ...(scheme ? { scheme } : {}), ...(limits ? { limits } : {}) };
    const client = this.#clients.get(key) ?? openHostClient(domain, { variables, log, access, ...more });
    this.#clients.set(key, client);
    return client;
  }
}
