const lineFeed = 0x0a;

/**
 * Puts the name of its instance before every line, when several write to one terminal; without a name, nothing. Where
 * an instance breaks into the line of another, that line ends and is gone on with in a new one.
 */
export class LinePrefixer {
  readonly #prefixOf: (instance: number) => string;
  /** Whose line a stream is inside of. */
  readonly #unfinished = new Map<string, number>();

  constructor(prefixOf: (instance: number) => string) {
    this.#prefixOf = prefixOf;
  }

  /** The bytes with the prefix at the beginning of each line that begins in them. */
  apply(instance: number, stream: "stdout" | "stderr", bytes: Uint8Array): Uint8Array {
    const prefix = new TextEncoder().encode(this.#prefixOf(instance));
    if (prefix.length === 0 || bytes.length === 0) return bytes;
    const parts: Uint8Array[] = [];
    const unfinished = this.#unfinished.get(stream);
    if (unfinished !== undefined && unfinished !== instance) parts.push(Uint8Array.of(lineFeed));
    let isInsideLine = unfinished === instance;
    for (let at = 0; at < bytes.length; ) {
      if (!isInsideLine) parts.push(prefix);
      const end = bytes.indexOf(lineFeed, at);
      const next = end === -1 ? bytes.length : end + 1;
      parts.push(bytes.subarray(at, next));
      isInsideLine = end === -1;
      at = next;
    }
    if (isInsideLine) this.#unfinished.set(stream, instance);
    else this.#unfinished.delete(stream);
    return concat(parts);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
