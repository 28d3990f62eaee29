import { Buffer } from "node:buffer";
import type { HttpConnection } from "./connection.ts";
import type { IdleWatch } from "./idle_watch.ts";
import type { HttpBody } from "./transport.ts";

/** The caller's own stream failed: its error is the caller's, not the connection's. */
export class BodySourceError extends Error {
  override readonly name = "BodySourceError";
}

/** What is sent in one piece with the head. */
const smallBytes = 64 * 1024;

/** What is sent at once: a slow server is to be seen taking it. */
const sliceBytes = 1024 * 1024;

/** Sends a request. The watch is paused while the body's source is slow: that is no silence of the server. */
export async function sendRequest(
  connection: HttpConnection,
  head: string,
  body: HttpBody | undefined,
  watch: IdleWatch,
): Promise<void> {
  if (body?.stream !== undefined) {
    await connection.write(head);
    await sendStream(connection, body, watch);
  } else if (body !== undefined && body.bytes.byteLength <= smallBytes) {
    await connection.write(Buffer.concat([Buffer.from(head, "latin1"), body.bytes]));
  } else {
    await connection.write(head);
    if (body !== undefined) await sendBytes(connection, body.bytes, watch);
  }
  connection.finish();
}

async function sendStream(
  connection: HttpConnection,
  { stream, length }: Extract<HttpBody, { stream: unknown }>,
  watch: IdleWatch,
): Promise<void> {
  const source = stream[Symbol.asyncIterator]();
  let sent = 0;
  try {
    for (;;) {
      watch.pause();
      const next = await pull(source);
      watch.resume();
      if (next.done) break;
      const { value } = next;
      if (value.byteLength === 0) continue;
      const frame = `${sent === 0 ? "" : "\r\n"}${value.byteLength.toString(16)}\r\n`;
      sent += value.byteLength;
      if (length !== undefined && sent > length) throw wrongLength(length, sent);
      if (length === undefined) await connection.write(frame);
      if ((await sendBytes(connection, value, watch)) === "closed") return;
    }
    if (length !== undefined && sent < length) throw wrongLength(length, sent);
  } finally {
    await source.return?.();
  }
  if (length === undefined) await connection.write(sent === 0 ? "0\r\n\r\n" : "\r\n0\r\n\r\n");
}

async function sendBytes(connection: HttpConnection, bytes: Uint8Array, watch: IdleWatch): Promise<"go on" | "closed"> {
  for (let at = 0; at < bytes.byteLength; at += sliceBytes) {
    if ((await connection.write(bytes.subarray(at, at + sliceBytes))) === "closed") return "closed";
    watch.touch();
  }
  return "go on";
}

async function pull(source: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  try {
    return await source.next();
  } catch (error) {
    throw new BodySourceError("the body's source failed", { cause: error });
  }
}

function wrongLength(length: number, found: number): BodySourceError {
  const cause = new RangeError(`Cannot send a body: found ${found} bytes, expected ${length}`);
  return new BodySourceError("the body's source failed", { cause });
}
