import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { defaultMaxRecordBytes } from "../../recordio.ts";

/** Thrown when a body is larger than any call may be. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
}

/** A whole body: agents parse a request only when all of it is there. */
export async function readBody(request: IncomingMessage, options: { maxBytes?: number } = {}): Promise<Uint8Array> {
  const { maxBytes = defaultMaxRecordBytes } = options;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw new BodyTooLargeError(`Cannot read body: it is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
