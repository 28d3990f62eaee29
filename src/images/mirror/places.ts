import { type Place, parseReference, type RegistryClient } from "../../../registry/mod.ts";
import type { Log } from "../../runtime/log.ts";
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

/** Clients of registries, one for each host, which are closed by disposing. */
export class Places implements Disposable {
  readonly #options: PlaceOptions;
  readonly #clients = new Map<string, RegistryClient>();

  constructor(options: PlaceOptions) {
    this.#options = options;
  }

  /** `[http://]host/repository[:tag][@digest]`, or a name of Docker Hub's; throws ReferenceSyntaxError. */
  open(text: string): OpenPlace {
    const [, scheme, rest = text] = /^(https?):\/\/(.*)$/.exec(text) ?? [];
    const reference = parseReference(rest);
    const registry = this.#client(reference.domain, scheme as "http" | "https" | undefined);
    return { registry, repository: reference.repository, target: reference.digest ?? reference.tag ?? "latest", text };
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client[Symbol.dispose]();
  }

  #client(host: string, scheme: "http" | "https" | undefined): RegistryClient {
    const key = `${scheme ?? ""} ${host}`;
    const client = this.#clients.get(key) ?? openHostClient(host, { ...this.#options, ...(scheme ? { scheme } : {}) });
    this.#clients.set(key, client);
    return client;
  }
}
