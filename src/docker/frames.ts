import type { OutputFrame } from "./engine.ts";

/** Bytes of a frame's header: stream, three zeros, length of the payload as a big-endian number. */
const headerBytes = 8;

/** Meaning of a header's first byte. 0 is stdin, which the Engine API has written to stdout. */
const outputStreams = ["stdout", "stdout", "stderr"] as const;

/** First byte of a frame that carries an error of the daemon instead of output. */
const daemonErrorStream = 3;

/** Longest text kept of a daemon's error; what follows is skipped. */
const maxDaemonErrorBytes = 4096;

/** Thrown when a stream is not Docker's framed output, or carries an error of the daemon; earlier frames stay good. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/**
 * Takes the output of a container without a terminal apart. Chunks may be cut anywhere. Payload is handed out as views
 * of the chunks, as it comes: a frame of 4 GiB costs no memory and arrives in many parts.
 */
export class FrameDecoder {
  readonly #header = new Uint8Array(headerBytes);
  #headerFilled = 0;
  #payloadLeft = 0;
  #stream: OutputFrame["stream"] = "stdout";
  #daemonError: DaemonErrorText | undefined;

  /** True when the stream may end here: no frame has been begun. */
  get isBetweenFrames(): boolean {
    return this.#headerFilled === 0 && this.#payloadLeft === 0;
  }

  /** Gives the output that `chunk` holds, in order; throws {@link FrameError} at a malformed header. */
  *push(chunk: Uint8Array): Generator<OutputFrame, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft === 0) {
        at = this.#takeHeader(chunk, at);
        continue;
      }
      const bytes = chunk.subarray(at, at + this.#payloadLeft);
      at += bytes.length;
      this.#payloadLeft -= bytes.length;
      if (this.#daemonError === undefined) yield { stream: this.#stream, bytes };
      else this.#daemonError.add(bytes, this.#payloadLeft);
    }
  }

  /** Reads a header, or the part of one that `chunk` has; gives the position after it. */
  #takeHeader(chunk: Uint8Array, start: number): number {
    if (this.#headerFilled === 0 && chunk.length - start >= headerBytes) {
      this.#readHeader(chunk, start);
      return start + headerBytes;
    }
    const part = chunk.subarray(start, start + headerBytes - this.#headerFilled);
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.length;
    if (this.#headerFilled === headerBytes) {
      this.#headerFilled = 0;
      this.#readHeader(this.#header, 0);
    }
    return start + part.length;
  }

  #readHeader(bytes: Uint8Array, at: number): void {
    const stream = bytes[at] ?? 0;
    if (stream > daemonErrorStream || bytes[at + 1] !== 0 || bytes[at + 2] !== 0 || bytes[at + 3] !== 0) {
      const found = [...bytes.subarray(at, at + headerBytes)].map((byte) => byte.toString(16).padStart(2, "0"));
      throw new FrameError(`found ${found.join(" ")} where the header of a frame was expected`);
    }
    this.#payloadLeft = readLength(bytes, at + 4);
    if (stream === daemonErrorStream) this.#daemonError = new DaemonErrorText(this.#payloadLeft);
    else this.#stream = outputStreams[stream] ?? "stdout";
  }
}

/** Gathers the text of an error frame and throws it when it is complete. */
class DaemonErrorText {
  readonly #text: Uint8Array;
  #filled = 0;

  constructor(payloadBytes: number) {
    if (payloadBytes === 0) throw new FrameError("the daemon reports an error without a text");
    this.#text = new Uint8Array(Math.min(payloadBytes, maxDaemonErrorBytes));
  }

  add(bytes: Uint8Array, payloadLeft: number): void {
    const kept = bytes.subarray(0, this.#text.length - this.#filled);
    this.#text.set(kept, this.#filled);
    this.#filled += kept.length;
    if (payloadLeft === 0) throw new FrameError(`the daemon reports: ${new TextDecoder().decode(this.#text).trim()}`);
  }
}

/** Shifts of JavaScript are signed, so the highest byte is multiplied. */
function readLength(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0, third = 0, fourth = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return first * 0x1000000 + ((second << 16) | (third << 8) | fourth);
}
