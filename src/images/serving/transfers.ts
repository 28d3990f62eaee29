import type { Exchange, Filled, Filling, PullThroughObserver } from "../../../registry/mod.ts";

/** Content on its way: to a client, from a client, or from upstream into the store. */
export interface Transfer {
  readonly kind: "pull" | "push" | "fill";
  readonly repository: string;
  /** Of the content; a push may say it in the end. */
  readonly digest: string | undefined;
  /** Address of the client; undefined for what comes from upstream. */
  readonly client: string | undefined;
  readonly movedBytes: number;
  readonly expectedBytes: number | undefined;
  /** Milliseconds since the epoch. */
  readonly begunMs: number;
}

/** Gives the name under which the store has what a request speaks of. */
export type NameOf = (request: { readonly repository: string; readonly namespace?: string }) => string;

/** The transfers of blobs that run now. */
export class Transfers {
  readonly #exchanges = new Set<Exchange>();
  readonly #fillings = new Map<string, { filling: Filling; begunMs: number }>();
  readonly #nameOf: NameOf;

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf;
  }

  begun(exchange: Exchange): void {
    this.#exchanges.add(exchange);
  }

  ended(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
  }

  /** Requests that run, of whatever kind. */
  get running(): number {
    return this.#exchanges.size;
  }

  readonly observer: PullThroughObserver = {
    onFilling: (filling) => this.#fillings.set(keyOf(filling), { filling, begunMs: Date.now() }),
    onFilled: (filled) => this.#fillings.delete(keyOf(filled)),
  };

  /** Those that began first come first. */
  list(): Transfer[] {
    const served = [...this.#exchanges].flatMap((exchange) => this.#toTransfer(exchange) ?? []);
    const filled = [...this.#fillings.values()].map(
      ({ filling: { repository, digest, size, receivedBytes }, begunMs }): Transfer => ({
        ...{ kind: "fill", repository, digest, client: undefined, begunMs },
        ...{ movedBytes: receivedBytes, expectedBytes: size },
      }),
    );
    return [...served, ...filled].sort((a, b) => a.begunMs - b.begunMs);
  }

  count(): Record<Transfer["kind"], number> {
    const counts = { pull: 0, push: 0, fill: 0 };
    for (const { kind } of this.list()) counts[kind]++;
    return counts;
  }

  #toTransfer({ request, client, begunMs, expectedBytes, ...moved }: Exchange): Transfer | undefined {
    switch (request?.kind) {
      case "blob_get":
      case "upload_blob":
      case "upload_commit":
      case "upload_append": {
        const digest = "digest" in request ? request.digest : undefined;
        const about = { repository: this.#nameOf(request), digest, client, begunMs, expectedBytes };
        const isPull = request.kind === "blob_get";
        return { kind: isPull ? "pull" : "push", ...about, movedBytes: isPull ? moved.sentBytes : moved.receivedBytes };
      }
      default:
        return undefined;
    }
  }
}

function keyOf({ repository, digest }: Pick<Filling | Filled, "repository" | "digest">): string {
  return `${repository}@${digest}`;
}
