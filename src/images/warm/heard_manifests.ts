import type { ManifestContent, RegistryReader } from "../../../registry/mod.ts";
import type { Clock } from "../../runtime/clock.ts";

/** Most bytes of manifests that are remembered. */
const mostBytes = 64 * 1024 * 1024;

/** How a registry is asked. */
export interface HearOptions {
  /** How long it is believed what a tag points at. */
  readonly longestMs: number;
  /** Whether it counts the manifests that it gives. */
  readonly isCounted: () => boolean;
}

/** What registries have said: a manifest is asked for once, however often it is looked whether its tag has moved. */
export class HeardManifests {
  readonly #clock: Clock;
  readonly #manifests = new Map<string, ManifestContent>();
  readonly #tags = new Map<string, { digest: string; atMs: number }>();
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Reads manifests of a registry, which `source` tells from others, also where they have one host. A tag is asked for by HEAD, which
   * counts against no limit of pulls, unless that was less than `longestMs` ago; its manifest by GET when it is a new one. A registry
   * that counts nothing is asked for a tag that was never heard of by GET at once.
   */
  reader(
    source: string,
    { statManifest, getManifest }: Pick<RegistryReader, "statManifest" | "getManifest">,
    { longestMs, isCounted }: HearOptions,
  ): RegistryReader["getManifest"] {
    return async (repository, target, options) => {
      // Whoever may read one repository may not read every other.
      const place = `${source}/${repository}`;
      const tag = `${place}:${target}`;
      if (!target.includes(":") && !this.#tags.has(tag) && !isCounted()) {
        const content = await getManifest(repository, target, options);
        const { digest } = content.descriptor;
        this.#tags.set(tag, { digest, atMs: this.#clock.now() });
        this.#remember(`${place}@${digest}`, content);
        return content;
      }
      const ask = async () => (await statManifest(repository, target, options)).digest;
      const digest = target.includes(":") ? target : await this.#digestOf(tag, longestMs, ask);
      const known = this.#manifests.get(`${place}@${digest}`);
      if (known) return known;
      const content = await getManifest(repository, digest, options);
      this.#remember(`${place}@${digest}`, content);
      return content;
    };
  }

  async #digestOf(tag: string, longestMs: number, ask: () => Promise<string>): Promise<string> {
    const heard = this.#tags.get(tag);
    if (heard && this.#clock.now() - heard.atMs < longestMs) return heard.digest;
    const digest = await ask();
    this.#tags.set(tag, { digest, atMs: this.#clock.now() });
    return digest;
  }

  /** The oldest go; they are asked for again. */
  #remember(key: string, content: ManifestContent): void {
    if (this.#manifests.has(key)) return;
    this.#manifests.set(key, content);
    this.#bytes += content.bytes.byteLength;
    for (const [oldest, { bytes }] of this.#manifests) {
      if (this.#bytes <= mostBytes) return;
      this.#manifests.delete(oldest);
      this.#bytes -= bytes.byteLength;
    }
  }
}
