import { Allowance, type Place, type Reference, type Registry, sparing } from "../../../registry/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { ConfigFile } from "../config/config_file.ts";
import { HostLimits } from "../config/host_limits.ts";
import { accessTo } from "../config/registry_rules.ts";
import { listStateFolders } from "../ensure/state_folder.ts";
import { openHostClient } from "../host_client.ts";
import { toSparing } from "../host_sparing.ts";
import { parsePlace } from "./place_text.ts";
import { UploadBook } from "./upload_book.ts";

/** What places are opened with. */
export interface PlaceOptions {
  variables: Readonly<Record<string, string | undefined>>;
  log: Log;
  /** Of the manifests that a registry still allows us, how many are left to others: we wait when no more are there. */
  reserve?: number;
}

/** A repository somewhere, and what of it. */
export interface OpenPlace extends Place<Registry> {
  /** Tag or digest; `latest` when none is named. */
  readonly target: string;
  readonly reference: Reference;
}

/** Clients of registries, one for each host and what the configuration says of it, which are closed by disposing. */
export class Places implements Disposable {
  readonly #options: PlaceOptions;
  readonly #config: ConfigFile;
  readonly #limits = new HostLimits();
  readonly #uploads: UploadBook;
  readonly #clients = new DisposableStack();
  readonly #registries = new Map<string, Registry>();

  /** Throws ConfigError when what the operator says of registries cannot be used, SyntaxError when MESOS_DOCKER_STATE cannot. */
  constructor(options: PlaceOptions) {
    this.#options = options;
    this.#config = ConfigFile.open(options);
    this.#uploads = new UploadBook(listStateFolders(options.variables), options.log);
  }

  /** `[http://]host/repository[:tag][@digest]`, or a name of Docker Hub's; throws ReferenceSyntaxError. */
  open(text: string): OpenPlace {
    const { scheme, reference } = parsePlace(text);
    const registry = this.#registry(reference, scheme);
    return {
      registry,
      repository: reference.repository,
      target: reference.digest ?? reference.tag ?? "latest",
      reference,
    };
  }

  [Symbol.dispose](): void {
    this.#clients.dispose();
  }

  #registry({ domain, repository }: Reference, scheme: "http" | "https" | undefined): Registry {
    const { variables, log, reserve } = this.#options;
    const access = accessTo(this.#config.current, domain, repository);
    const key = JSON.stringify([scheme, domain, access]);
    const known = this.#registries.get(key);
    if (known !== undefined) return known;
    const allowance = new Allowance();
    const more = { ...(scheme ? { scheme } : {}), limits: this.#limits, sessions: this.#uploads.at(domain) };
    const onQuota = allowance.note.bind(allowance);
    const client = this.#clients.use(openHostClient(domain, { variables, log, access, onQuota, ...more }));
    const registry =
      reserve === undefined ? client : sparing(client, toSparing(domain, { allowance, reserve: () => reserve, log }));
    this.#registries.set(key, registry);
    return registry;
  }
}
