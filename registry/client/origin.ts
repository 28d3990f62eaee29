import { waitFor } from "../call.ts";
import type { CallOptions } from "../registry.ts";

/** Finds out whether a place speaks TLS. */
export type Probe = (url: URL) => Promise<"tls" | "plain">;

/** Where a registry's API is. One whose scheme nobody has said is asked, when it is first needed. */
export class Origin {
  #url: URL;
  readonly #probe: Probe | undefined;
  #state: "settled" | "open";
  #asking: Promise<void> | undefined;

  /** `url` is the place, over TLS where a `probe` has to find out. */
  constructor(url: URL, probe?: Probe) {
    this.#url = url;
    this.#probe = probe;
    this.#state = probe === undefined ? "settled" : "open";
  }

  get url(): URL {
    return this.#url;
  }

  /** Comes back when the scheme is known, asked once for all who wait; UNAVAILABLE when the registry does not answer. */
  async settle({ signal }: CallOptions): Promise<void> {
    const probe = this.#probe;
    if (this.#state === "settled" || probe === undefined) return;
    this.#asking ??= this.#ask(probe).finally(() => {
      this.#asking = undefined;
    });
    await waitFor(this.#asking, signal);
  }

  /** What failed without TLS may have it by now; what had TLS once is never asked without again (contract B.9). */
  doubt(): void {
    if (this.#probe !== undefined && this.#url.protocol === "http:") this.#state = "open";
  }

  async #ask(probe: Probe): Promise<void> {
    const url = new URL(this.#url);
    url.protocol = "https:";
    const found = await probe(url);
    url.protocol = found === "tls" ? "https:" : "http:";
    this.#url = url;
    this.#state = "settled";
  }
}
