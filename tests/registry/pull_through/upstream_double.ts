import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Upstream } from "../../../registry/pull_through/source.ts";
import type { BlobContent, Registry } from "../../../registry/registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";

/** What an upstream does to calls. */
export type Manner =
  | { kind: "well" }
  | { kind: "fails"; error: RegistryError }
  | { kind: "hangs" }
  /** Blobs break off after so many bytes. */
  | { kind: "breaks off"; afterBytes: number }
  /** The same, and their first byte is wrong. */
  | { kind: "lies and breaks off"; afterBytes: number }
  /** Blobs come to an end after so many bytes, as if that were all. */
  | { kind: "ends early"; afterBytes: number }
  /** Blobs stop after so many bytes, and the connection stays. */
  | { kind: "stalls"; afterBytes: number }
  /** Blobs have a wrong byte in the end. */
  | { kind: "is corrupt" }
  /** Blobs come piece by piece, as the test lets them. */
  | { kind: "waits"; gate: () => Promise<void> };

/** A registry in memory that is asked as an upstream, and does what a test wants. */
export class UpstreamDouble implements Upstream {
  readonly name: string;
  readonly content: Registry = memoryRegistry();
  /** Calls in order: `getBlob`, `statManifest` and so on. */
  readonly calls: string[] = [];
  /** Where reads of blobs began. */
  readonly firsts: number[] = [];
  /** Reads of blobs that were ended in the middle by who asked. */
  cancelled = 0;
  manner: Manner = { kind: "well" };

  constructor(name: string) {
    this.name = name;
  }

  readonly registry: Registry = new Proxy(this.content, {
    get: (content, key: keyof Registry) => {
      if (typeof content[key] !== "function") return content[key];
      return (...words: unknown[]) => this.#call(key, words);
    },
  });

  count(call: string): number {
    return this.calls.filter((one) => one === call).length;
  }

  #call(key: keyof Registry, words: unknown[]): unknown {
    this.calls.push(key);
    if (key === "getBlob") this.firsts.push((Object(words.at(-1)) as { range?: { first: number } }).range?.first ?? 0);
    const method = this.content[key] as (...words: unknown[]) => unknown;
    if (key.startsWith("list")) {
      if (this.manner.kind === "well") return method.apply(this.content, words);
      return this.#refuseList(words);
    }
    return this.#suffer(words).then(async () => {
      const value = await method.apply(this.content, words);
      return key === "getBlob" ? this.#spoil(value as BlobContent, signalOf(words)) : value;
    });
  }

  async *#refuseList(words: unknown[]): AsyncGenerator<unknown> {
    yield await this.#suffer(words);
  }

  async #suffer(words: unknown[]): Promise<void> {
    const { manner } = this;
    if (manner.kind === "fails") throw manner.error;
    if (manner.kind === "hangs") await untilAborted(signalOf(words));
  }

  #spoil(content: BlobContent, signal: AbortSignal | undefined): BlobContent {
    const { manner } = this;
    let isOver = false;
    const cancelled = untilAborted(signal);
    cancelled.catch(() => {
      if (!isOver) this.cancelled += 1;
    });
    return {
      ...content,
      body: spoil(content, manner, cancelled, () => {
        isOver = true;
      }),
      [Symbol.asyncDispose]: () => content[Symbol.asyncDispose](),
    };
  }
}

function signalOf(words: readonly unknown[]): AbortSignal | undefined {
  return (Object(words.at(-1)) as { signal?: AbortSignal }).signal;
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

async function* spoil(
  { body, descriptor, span }: BlobContent,
  manner: Manner,
  cancelled: Promise<never>,
  end: () => void,
): AsyncGenerator<Uint8Array> {
  const isLie = manner.kind === "lies and breaks off";
  let at = span?.first ?? 0;
  for await (const bytes of body) {
    if (manner.kind === "waits") await Promise.race([manner.gate(), cancelled]);
    if ("afterBytes" in manner && at + bytes.byteLength > manner.afterBytes) {
      yield bytes.subarray(0, Math.max(0, manner.afterBytes - at));
      if (manner.kind === "stalls") await cancelled;
      if (manner.kind === "ends early") return end();
      throw new RegistryError("UNAVAILABLE", "Cannot read on: the connection broke");
    }
    const isBeginning = at === 0;
    at += bytes.byteLength;
    const isWrong = isLie ? isBeginning : manner.kind === "is corrupt" && at === descriptor.size;
    yield isWrong ? bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte)) : bytes;
  }
  end();
}
