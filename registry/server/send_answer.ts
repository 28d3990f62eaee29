import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import type { OpenExchange, Served } from "./exchange.ts";

/** Unread bytes of a request up to this size are read away, so that the connection can be used again. */
const drainableBytes = 1024 * 1024;

/**
 * Writes an answer, and counts what it gives to the connection. A body that fails half way breaks the connection: its length was promised, and a client must not
 * take what came for all there is.
 */
export async function sendAnswer(
  message: IncomingMessage,
  response: ServerResponse,
  { status, headers, body, release }: Answer,
  exchange: Pick<OpenExchange, "sentBytes">,
  signal: AbortSignal,
): Promise<Served["outcome"]> {
  try {
    response.writeHead(status, { ...headers, ...(isUnreadable(message) && { connection: "close" }) });
    if (body === undefined || message.method === "HEAD") {
      response.end();
    } else if (body instanceof Uint8Array) {
      exchange.sentBytes = body.byteLength;
      response.end(body);
    } else {
      for await (const bytes of body) {
        if (signal.aborted) break;
        exchange.sentBytes += bytes.byteLength;
        if (!response.write(bytes)) await drained(response);
      }
      response.end();
    }
    await finished(response);
  } catch {
    // The body's source has failed or the client has left; either way, a broken connection is the only honest end.
    // The socket as well: a response without a head would be ended as if it were an empty success.
    response.destroy();
    message.socket.destroy();
  } finally {
    await release?.();
  }
  return response.writableFinished ? "sent" : "broken";
}

/** Whether more of the request is left than is worth reading. */
function isUnreadable(message: IncomingMessage): boolean {
  if (message.complete || message.readableEnded) return false;
  const length = message.headers["content-length"];
  const endless = message.headers["transfer-encoding"] !== undefined;
  return endless || Number(length ?? 0) > drainableBytes;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || response.closed) return resolve();
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

function finished(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.writableFinished || response.destroyed || response.closed) return resolve();
    response.once("finish", resolve);
    response.once("close", resolve);
  });
}
