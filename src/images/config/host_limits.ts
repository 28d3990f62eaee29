import { type RequestLimit, RequestLimits } from "../../../registry/mod.ts";

/** Limits of registries, each shared by all clients of a host in this process. */
export class HostLimits {
  readonly #known = new Map<string, RequestLimits>();

  /** What the clients of a host share; undefined where nothing is limited. */
  of(host: string, limit: RequestLimit): RequestLimits | undefined {
    if (limit.concurrency === undefined && limit.bandwidth === undefined) return undefined;
    const key = JSON.stringify([host, limit.concurrency, limit.bandwidth]);
    const limits = this.#known.get(key) ?? new RequestLimits(limit);
    this.#known.set(key, limits);
    return limits;
  }
}
