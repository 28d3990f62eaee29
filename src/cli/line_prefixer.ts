const lineFeed = 0x0a;

/** Puts the name of its instance before every line, when several write to one terminal; without a name, nothing. */
export class LinePrefixer {
  readonly #prefixOf: (instance: number) => string;
  readonly #isInsideLine = new Map<string, boolean>();

  constructor(prefixOf: (instance: number) => string) {
    this.#prefixOf = prefixOf;
  }

  /** The bytes with the prefix at the beginning of each line that begins in them. */
  apply(instance: number, stream: "stdout" | "stderr", bytes: Uint8Array): Uint8Array {
    const prefix = new TextEncoder().encode(this.#prefixOf(instance));
    if (prefix.length === 0 || bytes.length === 0) return bytes;
    const key = `${stream} ${instance}`;
    const parts: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (!this.#isInsideLine.get(key)) parts.push(prefix);
      const end = bytes.indexOf(lineFeed, at);
      const next = end === -1 ? bytes.length : end + 1;
      parts.push(bytes.subarray(at, next));
      this.#isInsideLine.set(key, end === -1);
      at = next;
    }
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
