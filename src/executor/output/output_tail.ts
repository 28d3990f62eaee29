import { Buffer } from "node:buffer";

/** Most that is told of a container's last words. */
const maxLines = 10;
const maxBytes = 1024;

/** One byte more than is told: it says whether the first line is whole. */
const windowBytes = maxBytes + 1;

const newline = 0x0a;
const escapeCode = "\u001b";

/** Sequences by which programs colour a terminal, and what else is neither text nor layout. */
const colours = new RegExp(`${escapeCode}\\[[0-9;:?]*[A-Za-z]`, "g");
const controls = /[^\P{Cc}\n\t]/gu;

/** Remembers the end of a stream in constant memory, for the message of a task that failed. */
export class OutputTail {
  /** Its end moves to its front whenever it is full, which costs each byte less than one copy. */
  readonly #kept = new Uint8Array(4 * windowBytes);
  #filled = 0;
  #isWhole = true;

  /** Takes what comes next; `bytes` may be reused afterwards. */
  add(bytes: Uint8Array): void {
    const added = bytes.subarray(-windowBytes);
    if (added.length < bytes.length) this.#keep(0);
    else if (this.#filled + added.length > this.#kept.length) this.#keep(windowBytes);
    this.#kept.set(added, this.#filled);
    this.#filled += added.length;
  }

  /**
   * At most the last ten lines and 1 KiB of UTF-8, without the last newline; empty when nothing was written. Lines are
   * whole unless the last is longer than that; bytes that are no text become U+FFFD, control characters are left out.
   */
  get text(): string {
    const text = new TextDecoder("utf-8", { ignoreBOM: true })
      .decode(this.#window())
      .replace(colours, "")
      .replace(controls, "")
      .replace(/\n+$/, "");
    const lines = text.split("\n").slice(-maxLines);
    while (lines.length > 1 && Buffer.byteLength(lines.join("\n")) > maxBytes) lines.shift();
    const bytes = Buffer.from(lines.join("\n"));
    return bytes.subarray(skipPartOfCharacter(bytes, Math.max(0, bytes.length - maxBytes))).toString();
  }

  /** Forgets all but the last bytes. */
  #keep(bytes: number): void {
    if (this.#filled > bytes) this.#isWhole = false;
    const kept = Math.min(bytes, this.#filled);
    this.#kept.copyWithin(0, this.#filled - kept, this.#filled);
    this.#filled = kept;
  }

  /** The last bytes, from the beginning of a line when there is one, else from that of a character. */
  #window(): Uint8Array {
    const bytes = this.#kept.subarray(0, this.#filled);
    if (this.#isWhole && bytes.length <= maxBytes) return bytes;
    const window = bytes.subarray(-windowBytes);
    const lineEnd = window.indexOf(newline);
    if (lineEnd >= 0 && window.subarray(lineEnd).some((byte) => byte !== newline)) return window.subarray(lineEnd + 1);
    return window.subarray(skipPartOfCharacter(window, 1));
  }
}

/** The position of the first byte from `start` on that begins a character of UTF-8, unless there is none near. */
function skipPartOfCharacter(bytes: Uint8Array, start: number): number {
  if (start === 0) return 0;
  const isContinuation = (at: number) => ((bytes[at] ?? 0) & 0xc0) === 0x80;
  const found = [0, 1, 2, 3].find((skipped) => !isContinuation(start + skipped));
  return start + (found ?? 0);
}
