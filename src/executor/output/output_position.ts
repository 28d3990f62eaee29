import { Buffer } from "node:buffer";
import type { ContainerOutput, OutputFrame } from "../../docker/mod.ts";

/** Log drivers write a line when it is whole, and parts of one that is longer than this. */
const longestLineBytes = 16 * 1024;

const newline = 0x0a;

/** How far one stream of a container's output has been had. */
class StreamPosition {
  #bytes = 0;
  /** The line that has not ended yet, or the end of it. */
  #line: Uint8Array[] = [];
  #lineBytes = 0;

  take(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    // Most frames end with a line, which is seen without a search.
    const end = bytes.at(-1) === newline ? bytes.length - 1 : findLastNewline(bytes);
    if (end >= 0) {
      this.#line = [];
      this.#lineBytes = 0;
    }
    const rest = bytes.subarray(end + 1).subarray(-longestLineBytes);
    if (rest.length === 0) return;
    this.#line.push(rest);
    this.#lineBytes += rest.length;
    while (this.#lineBytes - (this.#line[0]?.length ?? 0) >= longestLineBytes) {
      this.#lineBytes -= this.#line.shift()?.length ?? 0;
    }
  }

  /** Takes from a second reading what the first has had. */
  skip(): (bytes: Uint8Array) => Uint8Array {
    const line = Buffer.concat(this.#line);
    let toSkip = this.#bytes - line.length;
    let matched = 0;
    return (bytes) => {
      const skipped = Math.min(toSkip, bytes.length);
      toSkip -= skipped;
      let at = skipped;
      // A line that had not ended may never have come into the log: what does not look like it is new.
      while (toSkip === 0 && at < bytes.length && matched < line.length && bytes[at] === line[matched]) {
        at++;
        matched++;
      }
      if (at < bytes.length) matched = line.length;
      return bytes.subarray(at);
    };
  }
}

/** How far a container's output has been had, so that it can be gone on with from its log. */
export class OutputPosition {
  readonly #streams = { stdout: new StreamPosition(), stderr: new StreamPosition() };

  /** Takes a frame that has been had; its bytes may not change for as long as the line that they end is not whole. */
  take({ stream, bytes }: OutputFrame): void {
    this.#streams[stream].take(bytes);
  }

  /** What of a log, read from its beginning, has not been had. `passed` hears of every frame. */
  async *rest(log: ContainerOutput, passed: () => void): AsyncGenerator<OutputFrame, void, undefined> {
    const skip = { stdout: this.#streams.stdout.skip(), stderr: this.#streams.stderr.skip() };
    for await (const { stream, bytes } of log) {
      passed();
      const rest = skip[stream](bytes);
      if (rest.length > 0) yield { stream, bytes: rest };
    }
  }
}

function findLastNewline(bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).lastIndexOf(newline);
}
