import { Buffer } from "node:buffer";
import type { RequestHead } from "./fault.ts";

/** A piece of what a client sends: the head of a request, or what follows it. */
export type RequestPart =
  | { kind: "head"; request: RequestHead; bytes: Uint8Array }
  | { kind: "rest"; bytes: Uint8Array };

/** Heads of more bytes than this are none. */
const largestHead = 64 * 1024;

/** First byte of what a client says that wants TLS. */
const tlsHello = 0x16;

const headEnd = Buffer.from("\r\n\r\n");
const lineEnd = Buffer.from("\r\n");

/** What is being read: a head, a body of known length, chunks, or a stream that has left HTTP (Upgrade) or never was. */
type Place =
  | { kind: "head" }
  | { kind: "body"; missing: number }
  | { kind: "chunk size" }
  | { kind: "chunk"; missing: number }
  | { kind: "trailer" }
  | { kind: "tunnel" };

/** Finds where the requests of one connection begin (RFC 9112); bytes pass unchanged. */
export class RequestSplitter {
  #place: Place = { kind: "head" };
  #kept: Buffer = Buffer.alloc(0);

  /** Parts that are complete with these bytes, in order. Throws for what is no HTTP. */
  push(bytes: Uint8Array): RequestPart[] {
    this.#kept = Buffer.concat([this.#kept, bytes]);
    const parts: RequestPart[] = [];
    for (let part = this.#take(); part; part = this.#take()) parts.push(part);
    return parts;
  }

  #take(): RequestPart | undefined {
    if (this.#kept.length === 0) return undefined;
    switch (this.#place.kind) {
      case "head":
        return this.#takeHead();
      case "body":
        return this.#takeBody(this.#place, { kind: "head" });
      case "chunk":
        return this.#takeBody(this.#place, { kind: "chunk size" });
      case "chunk size":
        return this.#takeLine((line) => {
          const size = Number.parseInt(line, 16);
          return size === 0 ? { kind: "trailer" } : { kind: "chunk", missing: size + lineEnd.length };
        });
      case "trailer":
        return this.#takeLine((line) => (line === "" ? { kind: "head" } : { kind: "trailer" }));
      case "tunnel":
        return { kind: "rest", bytes: this.#cut(this.#kept.length) };
    }
  }

  #takeHead(): RequestPart | undefined {
    // Whoever tries TLS first goes on without only when the server says so.
    if (this.#kept[0] === tlsHello) {
      this.#place = { kind: "tunnel" };
      return this.#take();
    }
    const end = this.#kept.indexOf(headEnd);
    if (end < 0) {
      if (this.#kept.length > largestHead) throw new Error("Cannot find the head of a request: it has no end");
      return undefined;
    }
    const bytes = this.#cut(end + headEnd.length);
    const [first = "", ...lines] = bytes.toString("latin1").split("\r\n");
    const [method = "", path = ""] = first.split(" ");
    const headers = new Map(lines.map((line) => [line.split(":")[0]?.toLowerCase(), line.replace(/^[^:]*:\s*/, "")]));
    this.#place = toBody(headers);
    return { kind: "head", request: { method, path }, bytes };
  }

  #takeBody(place: Extract<Place, { missing: number }>, next: Place): RequestPart {
    const bytes = this.#cut(Math.min(place.missing, this.#kept.length));
    const missing = place.missing - bytes.length;
    this.#place = missing === 0 ? next : { ...place, missing };
    return { kind: "rest", bytes };
  }

  #takeLine(next: (line: string) => Place): RequestPart | undefined {
    const end = this.#kept.indexOf(lineEnd);
    if (end < 0) return undefined;
    const bytes = this.#cut(end + lineEnd.length);
    this.#place = next(bytes.toString("latin1", 0, end));
    return { kind: "rest", bytes };
  }

  #cut(length: number): Buffer {
    const bytes = this.#kept.subarray(0, length);
    this.#kept = this.#kept.subarray(length);
    return bytes;
  }
}

function toBody(headers: ReadonlyMap<string | undefined, string>): Place {
  if (headers.has("upgrade")) return { kind: "tunnel" };
  if (/chunked/i.test(headers.get("transfer-encoding") ?? "")) return { kind: "chunk size" };
  const missing = Number(headers.get("content-length") ?? 0);
  return missing > 0 ? { kind: "body", missing } : { kind: "head" };
}
