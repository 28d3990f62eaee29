/** Longest line taken unless told otherwise: a progress line has some hundred bytes, an endless one must not fill memory. */
export const defaultMaxLineBytes = 1024 * 1024;

const lineFeed = 0x0a;

/** Thrown when a stream is not one JSON value per line; earlier values stay good. */
export class JsonLineError extends Error {
  override readonly name = "JsonLineError";
}

/** Takes a stream of JSON values apart, one a line. Chunks may be cut anywhere, also inside a character. */
export class JsonLineDecoder {
  readonly #maxLineBytes: number;
  #parts: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(options: { maxLineBytes?: number } = {}) {
    this.#maxLineBytes = options.maxLineBytes ?? defaultMaxLineBytes;
  }

  /** Gives every value whose line `chunk` completes; throws {@link JsonLineError}. */
  *push(chunk: Uint8Array): Generator<unknown, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      yield* this.#takeLine();
    }
    // Copied: a view, which a Buffer's slice() gives too, would keep the whole chunk in memory.
    if (start < chunk.length) this.#keep(Uint8Array.from(chunk.subarray(start)));
  }

  /** Gives the value of a last line that has no line feed; throws {@link JsonLineError} when it is cut. */
  *end(): Generator<unknown, void, undefined> {
    yield* this.#takeLine();
  }

  #keep(bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > this.#maxLineBytes) {
      throw new JsonLineError(`found a line of more than ${this.#maxLineBytes} bytes`);
    }
    this.#parts.push(bytes);
  }

  *#takeLine(): Generator<unknown, void, undefined> {
    const line = new TextDecoder().decode(join(this.#parts, this.#pendingBytes)).trim();
    this.#parts = [];
    this.#pendingBytes = 0;
    if (line === "") return;
    yield parseLine(line);
  }
}

/** Values of a stream of chunks; throws {@link JsonLineError} when it is not JSON or ends inside a value. */
export async function* decodeJsonLines(
  chunks: AsyncIterable<Uint8Array>,
  options: { maxLineBytes?: number } = {},
): AsyncGenerator<unknown, void, undefined> {
  const decoder = new JsonLineDecoder(options);
  for await (const chunk of chunks) yield* decoder.push(chunk);
  yield* decoder.end();
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    const shown = line.length > 80 ? `${line.slice(0, 80)}…` : line;
    throw new JsonLineError(`found "${shown}" where a JSON value was expected`, { cause });
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
