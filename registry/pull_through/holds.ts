import type { BlobContent } from "../registry.ts";
import type { Digest } from "../values/digest.ts";

/** Something is in use until this is disposed of; doing so again changes nothing. */
export type Hold = Disposable;

/** What of a cache is being read or filled at this moment. */
export class Holds {
  readonly #counts = new Map<string, number>();
  /** Told what nobody uses any more. */
  readonly #onFree: (key: string) => void;

  constructor(onFree: (key: string) => void = () => undefined) {
    this.#onFree = onFree;
  }

  take(repository: string, digest: Digest): Hold {
    const key = keyOf(repository, digest);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    let isOver = false;
    const release = () => {
      if (isOver) return;
      isOver = true;
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left > 0) return void this.#counts.set(key, left);
      this.#counts.delete(key);
      this.#onFree(key);
    };
    return { [Symbol.dispose]: release };
  }

  has(repository: string, digest: Digest): boolean {
    return this.#counts.has(keyOf(repository, digest));
  }
}

/** Names a blob or manifest of a repository. */
export function keyOf(repository: string, digest: Digest): string {
  return `${repository}@${digest}`;
}

/** Content that is in use until it was read or given up. */
export function heldContent(content: BlobContent, hold: Hold): BlobContent {
  const dispose = async () => {
    hold[Symbol.dispose]();
    await content[Symbol.asyncDispose]();
  };
  return { ...content, body: readHeld(content.body, hold), [Symbol.asyncDispose]: dispose };
}

async function* readHeld(body: AsyncIterable<Uint8Array>, hold: Hold): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    hold[Symbol.dispose]();
  }
}
