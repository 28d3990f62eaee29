/** Thrown when a stream is not RecordIO; what was read before stays good. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}

/** Largest record taken unless told otherwise: a TaskInfo may carry much data, an endless length may not. */
export const defaultMaxRecordBytes = 64 * 1024 * 1024;

/** Digits of the longest length that is read: more cannot be a length that we take. */
const maxLengthDigits = 15;

const lineFeed = 0x0a;
const digitZero = 0x30;
const digitNine = 0x39;

/**
 * Takes RecordIO apart (contract A.5): decimal length, line feed, that many bytes. Chunks may be cut anywhere.
 * A record that lies in one chunk is handed out as a view of it; only records across chunks are copied.
 */
export class RecordDecoder {
  readonly #maxRecordBytes: number;
  #digits = "";
  #record: Uint8Array | undefined;
  #filled = 0;

  constructor(options: { maxRecordBytes?: number } = {}) {
    this.#maxRecordBytes = options.maxRecordBytes ?? defaultMaxRecordBytes;
  }

  /** True when the stream may end here: no record has been begun. */
  get isBetweenRecords(): boolean {
    return this.#record === undefined && this.#digits === "";
  }

  /** Gives every record that `chunk` completes, in order; throws {@link RecordError} on a malformed or oversized length. */
  *push(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#record) {
        const part = chunk.subarray(at, at + this.#record.length - this.#filled);
        this.#record.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
        if (this.#filled < this.#record.length) return;
        const record = this.#record;
        this.#record = undefined;
        yield record;
        continue;
      }
      const byte = chunk[at++] ?? lineFeed;
      if (byte !== lineFeed) {
        this.#addDigit(byte);
        continue;
      }
      const length = this.#takeLength();
      if (at + length <= chunk.length) {
        yield chunk.subarray(at, at + length);
        at += length;
      } else {
        this.#record = new Uint8Array(length);
        this.#filled = 0;
      }
    }
  }

  #addDigit(byte: number): void {
    if (byte < digitZero || byte > digitNine) {
      throw new RecordError(`Cannot read record length: found byte 0x${byte.toString(16)} instead of a digit`);
    }
    if (this.#digits.length === maxLengthDigits) {
      throw new RecordError(`Cannot read record length: more than ${maxLengthDigits} digits`);
    }
    this.#digits += String.fromCharCode(byte);
  }

  #takeLength(): number {
    if (this.#digits === "") throw new RecordError("Cannot read record length: found an empty line");
    const length = Number(this.#digits);
    if (length > this.#maxRecordBytes) {
      throw new RecordError(`Cannot read record: ${length} bytes are more than the limit of ${this.#maxRecordBytes}`);
    }
    this.#digits = "";
    return length;
  }
}

/** Records of a stream of chunks; throws {@link RecordError} when it ends inside a record. */
export async function* decodeRecords(
  chunks: AsyncIterable<Uint8Array>,
  options: { maxRecordBytes?: number } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new RecordDecoder(options);
  for await (const chunk of chunks) yield* decoder.push(chunk);
  if (!decoder.isBetweenRecords) throw new RecordError("Cannot read record: the stream ended inside it");
}

/** One record with its length in front. */
export function encodeRecord(record: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`${record.length}\n`);
  const framed = new Uint8Array(head.length + record.length);
  framed.set(head);
  framed.set(record, head.length);
  return framed;
}
