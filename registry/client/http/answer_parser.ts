import { Buffer } from "node:buffer";
import { quoted } from "../../values/quoted.ts";

/** The beginning of an answer. */
export interface AnswerHead {
  readonly status: number;
  /** Names in lower case; several of one name are joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Bytes that are no answer of HTTP/1.1, or the end of a connection in the midst of one. */
export class AnswerSyntaxError extends Error {
  override readonly name = "AnswerSyntaxError";
}

/** What a connection is told as an answer comes in. */
export interface AnswerSink {
  head(head: AnswerHead): void;
  /** A piece of the body: a view of the bytes that were taken, not a copy. */
  piece(bytes: Uint8Array): void;
  /** The answer is whole. */
  end(rest: "reusable" | "spent"): void;
}

/** A head or a chunk's frame may be so long. */
const longestFrameBytes = 64 * 1024;

/** Headers that mean one thing: of several, the first counts. */
const singleNames = new Set(["content-type", "etag", "last-modified", "location", "retry-after", "content-range"]);

/** How the rest of a body is told from what follows it (RFC 9112, 6.3). */
type Framing = "none" | "sized" | "chunked" | "to the end";

/**
 * Reads one answer of HTTP/1.0 or 1.1 after the other from a connection's bytes (RFC 9112), and copies no byte of a body. Strict
 * where a mistake could make less or more of a body than was sent: throws AnswerSyntaxError for lengths and chunks that are no numbers, for
 * codings that nobody asked for, and for an end in the midst.
 */
export class AnswerParser {
  readonly #sink: AnswerSink;
  #method = "GET";
  #state: "idle" | "head" | "body" | "chunk size" | "chunk end" | "trailers" = "idle";
  #framing: Framing = "none";
  #isLasting = false;
  /** Bytes that are missing of a sized body, or of a chunk. */
  #missing = 0;
  /** The beginning of a line that has not come whole. */
  #line = "";
  #lines: string[] = [];
  #frameBytes = 0;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  /** Whether only the connection's end tells the body's. */
  get needsEnd(): boolean {
    return this.#framing === "to the end";
  }

  /** An answer to a request of that method is to come. */
  expect(method: string): void {
    this.#method = method;
    this.#beginFrame("head");
  }

  take(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.byteLength) {
      if (this.#state === "idle") throw new AnswerSyntaxError("found bytes that belong to no answer");
      at = this.#state === "body" ? this.#takeBody(bytes, at) : this.#takeLine(bytes, at);
    }
  }

  /** The connection is at its end. */
  close(): void {
    if (this.#state === "idle") return;
    if (this.#state === "body" && this.#framing === "to the end") return this.#end();
    const isBegun = this.#state !== "head" || this.#frameBytes > 0;
    throw new AnswerSyntaxError(`the connection was closed ${isBegun ? "before the end" : "without an answer"}`);
  }

  #takeBody(bytes: Uint8Array, at: number): number {
    const end = this.#framing === "to the end" ? bytes.byteLength : Math.min(bytes.byteLength, at + this.#missing);
    this.#missing -= end - at;
    this.#sink.piece(at === 0 && end === bytes.byteLength ? bytes : bytes.subarray(at, end));
    if (this.#framing === "to the end" || this.#missing > 0) return end;
    if (this.#framing === "chunked") this.#beginFrame("chunk end");
    else this.#end();
    return end;
  }

  #takeLine(bytes: Uint8Array, at: number): number {
    const feed = bytes.indexOf(10, at);
    const end = feed === -1 ? bytes.byteLength : feed;
    this.#frameBytes += end - at + 1;
    if (this.#frameBytes > longestFrameBytes)
      throw new AnswerSyntaxError(`found a head of more than ${longestFrameBytes} bytes`);
    this.#line += Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString("latin1");
    if (feed === -1) return end;
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    this.#readLine(line);
    return feed + 1;
  }

  #readLine(line: string): void {
    switch (this.#state) {
      case "head":
        // Empty lines before an answer are passed over (RFC 9112, 2.2).
        if (line === "" && this.#lines.length > 0) return this.#readHead();
        if (line !== "" && this.#lines.push(line) === 1) readStatusLine(line);
        return;
      case "chunk size":
        return this.#readChunkSize(line);
      case "chunk end":
        if (line !== "") throw new AnswerSyntaxError(`found ${quoted(line)} after a chunk`);
        return this.#beginFrame("chunk size");
      default:
        if (line === "") this.#end();
    }
  }

  #readHead(): void {
    const [first = "", ...lines] = this.#lines;
    const { status, minor } = readStatusLine(first);
    if (status === 101) throw new AnswerSyntaxError("found a change of protocol that nobody asked for");
    const headers = toHeaders(lines);
    // More is to come: what was said in between is nothing that a client of registries asks for (RFC 9110, 15.2).
    if (status < 200) return this.#beginFrame("head");
    const wishes = (headers.connection ?? "").toLowerCase();
    this.#isLasting = minor === "1" ? !/\bclose\b/.test(wishes) : /\bkeep-alive\b/.test(wishes);
    this.#frame(status, minor, headers);
    this.#sink.head({ status, headers });
    if (this.#framing === "none" || (this.#framing === "sized" && this.#missing === 0)) this.#end();
    else if (this.#framing === "chunked") this.#beginFrame("chunk size");
    else this.#state = "body";
  }

  #frame(status: number, minor: "0" | "1", headers: AnswerHead["headers"]): void {
    const { "transfer-encoding": coding, "content-length": length } = headers;
    this.#missing = 0;
    if (this.#method === "HEAD" || status === 204 || status === 304) {
      this.#framing = "none";
    } else if (coding !== undefined) {
      if (coding.toLowerCase() !== "chunked")
        throw new AnswerSyntaxError(`found the transfer coding ${quoted(coding)}`);
      this.#framing = "chunked";
      // Two lengths, or a coding from before there were any: where this answer ends, and the next begins, may be a lie (RFC 9112, 6.1).
      if (length !== undefined || minor === "0") this.#isLasting = false;
    } else if (length !== undefined) {
      this.#framing = "sized";
      this.#missing = parseLength(length);
    } else {
      this.#framing = "to the end";
      this.#isLasting = false;
    }
  }

  #readChunkSize(line: string): void {
    const [, digits] = /^([\da-f]{1,13})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
    if (digits === undefined) throw new AnswerSyntaxError(`found ${quoted(line)}, expected the size of a chunk`);
    this.#missing = Number.parseInt(digits, 16);
    if (this.#missing === 0) this.#beginFrame("trailers");
    else this.#state = "body";
  }

  #beginFrame(state: "head" | "chunk size" | "chunk end" | "trailers"): void {
    this.#state = state;
    this.#line = "";
    this.#lines = [];
    this.#frameBytes = 0;
  }

  #end(): void {
    this.#state = "idle";
    this.#lines = [];
    this.#sink.end(this.#isLasting ? "reusable" : "spent");
  }
}

function readStatusLine(line: string): { readonly status: number; readonly minor: "0" | "1" } {
  const [, minor, code] = /^HTTP\/1\.([01]) (\d{3})(?: .*)?$/.exec(line) ?? [];
  if (code === undefined) throw new AnswerSyntaxError(`found ${quoted(line)}, expected an answer of HTTP/1.1`);
  return { status: Number(code), minor: minor === "0" ? "0" : "1" };
}

function toHeaders(lines: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  let name = "";
  for (const line of lines) {
    const isFolded = /^[ \t]/.test(line);
    const colon = line.indexOf(":");
    if (!isFolded || name === "") {
      name = line.slice(0, Math.max(colon, 0)).toLowerCase();
      if (!/^[!#$%&'*+.^_`|~\da-z-]+$/.test(name)) throw noHeader(line);
    }
    // What other readers may take for the end of a line, or of a text (RFC 9110, 5.5).
    if (/[\0\r]/.test(line)) throw noHeader(line);
    const value = (isFolded ? line : line.slice(colon + 1)).trim();
    const before = headers.get(name);
    if (before === undefined) headers.set(name, value);
    else if (isFolded) headers.set(name, `${before} ${value}`);
    else if (!singleNames.has(name)) headers.set(name, `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
}

function noHeader(line: string): AnswerSyntaxError {
  return new AnswerSyntaxError(`found ${quoted(line)}, expected a header`);
}

/** Several lengths are one when they are the same (RFC 9110, 8.6). */
function parseLength(text: string): number {
  const [first = "", ...others] = text.split(",").map((length) => length.trim());
  if (/^\d{1,15}$/.test(first) && others.every((length) => length === first)) return Number(first);
  throw new AnswerSyntaxError(`found the length ${quoted(text)}`);
}
