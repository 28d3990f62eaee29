import type { CallOptions } from "../registry.ts";
import { isRegistryError, type RegistryError } from "../registry_error.ts";
import { formatRequest } from "../requests/format_request.ts";
import { parseRequest } from "../requests/parse_request.ts";
import type { RegistryRequest } from "../requests/request.ts";
import { catalogScope, emptyScope, repositoryScope, type Scope, unionScopes } from "../values/scope.ts";
import { toAnswerError } from "./answer_error.ts";
import type { Clock } from "./clock.ts";
import type { HttpBody, HttpResponse, Transport } from "./http/transport.ts";
import type { Origin } from "./origin.ts";

/** What goes with a request beside its value. */
export interface SendOptions extends CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** Where to send it instead of its own path: an upload's Location, a list's next page. */
  readonly url?: URL;
}

/** Requests to one registry: values in, answers out, statuses that were not expected as errors. */
export class RegistryConnection {
  readonly clock: Clock;
  readonly #origin: Origin;
  readonly #send: Transport;
  readonly #namespace: string | undefined;

  constructor(origin: Origin, send: Transport, clock: Clock, namespace?: string) {
    this.#origin = origin;
    this.clock = clock;
    this.#send = send;
    this.#namespace = namespace;
  }

  /** Where the API is; its scheme may be known only after {@link settle}. */
  get base(): URL {
    return this.#origin.url;
  }

  /** Comes back when the scheme is known. */
  settle(options: CallOptions): Promise<void> {
    return this.#origin.settle(options);
  }

  /** The answer, when its status is one of `expected`; else an error. Dispose of it. */
  async ask(request: RegistryRequest, expected: readonly number[], options: SendOptions = {}): Promise<HttpResponse> {
    const response = await this.#exchange(request, options);
    if (expected.includes(response.status)) return response;
    throw await this.toError(request, response);
  }

  /** The error that an answer tells. */
  toError(request: RegistryRequest, response: HttpResponse): Promise<RegistryError> {
    return toAnswerError(request, response, this.clock.now());
  }

  async #exchange(request: RegistryRequest, options: SendOptions): Promise<HttpResponse> {
    const { headers = {}, body, signal } = options;
    const named = this.#namespace === undefined ? request : { ...request, namespace: this.#namespace };
    const { method, path } = formatRequest(named);
    await this.settle(options);
    try {
      return await this.#send({
        method,
        url: options.url ?? new URL(path, this.base),
        headers: { "user-agent": "mesos-docker", ...headers },
        scope: scopeOf(request),
        ...(body && { body }),
        ...(signal && { signal }),
      });
    } catch (error) {
      if (isRegistryError(error, "UNAVAILABLE")) this.#origin.doubt();
      throw error;
    }
  }

  /** An upload's repository when its URL is one of this registry's own form; undefined for another form. */
  findUploadRepository(url: URL): string | undefined {
    try {
      const request = parseRequest("GET", url.pathname);
      return request.kind === "upload_status" ? request.repository : undefined;
    } catch {
      // Locations are the registry's own business: they need not look like ours.
      return undefined;
    }
  }
}

/** Rights that a request needs (contract B.2); for a mount, those on its source as well. */
export function scopeOf(request: RegistryRequest): Scope {
  const { kind } = request;
  switch (kind) {
    case "ping":
      return emptyScope;
    case "repositories_list":
      return catalogScope;
    case "mount": {
      const target = repositoryScope(request.repository, "pull", "push");
      return request.from === undefined ? target : unionScopes(target, repositoryScope(request.from, "pull"));
    }
    case "blob_delete":
    case "manifest_delete":
      return repositoryScope(request.repository, "delete");
    case "manifest_put":
      return repositoryScope(request.repository, "pull", "push");
    default: {
      const writes = kind.startsWith("upload_");
      return writes ? repositoryScope(request.repository, "pull", "push") : repositoryScope(request.repository, "pull");
    }
  }
}
