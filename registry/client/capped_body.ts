import { Buffer } from "node:buffer";
import { RegistryError } from "../registry_error.ts";
import type { HttpResponse } from "./http/transport.ts";

/** Most of a document beside manifests that is read. */
export const largestDocumentBytes = 4 * 1024 * 1024;

/** An answer's body as bytes. UNAVAILABLE when it is larger than `maximumBytes`. */
export async function readBytes(response: HttpResponse, maximumBytes: number): Promise<Uint8Array> {
  await using answer = response;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer.body) {
    size += piece.byteLength;
    if (size > maximumBytes) {
      const found = `found an answer above ${maximumBytes} bytes`;
      throw new RegistryError("UNAVAILABLE", `Cannot read "${response.url.host}": ${found}`, { retryable: false });
    }
    pieces.push(piece);
  }
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}

/** An answer's body as text. */
export async function readCapped(response: HttpResponse, maximumBytes = largestDocumentBytes): Promise<string> {
  return new TextDecoder().decode(await readBytes(response, maximumBytes));
}

/** The beginning of an answer's body, for error messages: what is longer is cut, and what breaks off ends there. */
export async function readBeginning(response: HttpResponse, maximumBytes = 64 * 1024): Promise<string> {
  await using answer = response;
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of answer.body) {
      pieces.push(piece);
      size += piece.byteLength;
      if (size >= maximumBytes) break;
    }
  } catch {
    // The status has told what matters; a text that broke off is still worth its beginning.
  }
  return new TextDecoder().decode(Buffer.concat(pieces).subarray(0, maximumBytes));
}
