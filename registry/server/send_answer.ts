import type { IncomingMessage, ServerResponse } from "node:http";
import { letGo } from "../loose_memory.ts";
import { messageOf } from "../thrown.ts";
import type { Answer } from "./answer.ts";
import type { OpenExchange, Served } from "./exchange.ts";

/** What an answer is sent under. */
export interface SendOptions {
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** How long a client that was answered early may go on sending. */
  readonly lingerMs: number;
}

/**
 * Writes an answer, and counts what it gives to the connection. A body that fails half way breaks the connection: its length
 * was promised, and a client must not take what came for all there is.
 */
export async function sendAnswer(
  message: IncomingMessage,
  response: ServerResponse,
  { status, headers, body, release }: Answer,
  exchange: Pick<OpenExchange, "sentBytes" | "fault">,
  { signal, lingerMs }: SendOptions,
): Promise<Served["outcome"]> {
  if (hasLeft(message)) {
    response.destroy();
    await release?.();
    return "broken";
  }
  try {
    response.writeHead(status, headers);
    if (body === undefined || message.method === "HEAD") {
      await end(message, response, lingerMs);
    } else if (body instanceof Uint8Array) {
      exchange.sentBytes = body.byteLength;
      await end(message, response, lingerMs, body);
    } else {
      for await (const bytes of body) {
        if (signal.aborted) break;
        exchange.sentBytes += bytes.byteLength;
        await write(response, bytes);
        // A connection that broke may still have them.
        if (!response.destroyed) letGo(bytes);
      }
      await end(message, response, lingerMs);
    }
    await finished(response);
  } catch (error) {
    exchange.fault = messageOf(error);
    // The body's source has failed or the client has left; either way, a broken connection is the only honest end.
    // The socket as well: a response without a head would be ended as if it were an empty success.
    response.destroy();
    message.socket.destroy();
  } finally {
    await release?.();
  }
  return response.writableFinished ? "sent" : "broken";
}

/** Ends an answer, with its last bytes if any are left. One that comes before the request has ended goes out first. */
async function end(
  message: IncomingMessage,
  response: ServerResponse,
  lingerMs: number,
  last?: Uint8Array,
): Promise<void> {
  if (!hasMore(message)) return void response.end(last);
  if (last) response.write(last);
  else response.flushHeaders();
  await linger(message, response, lingerMs);
  response.end();
}

/** Whether a client went away before its request was whole: there is nobody to answer. */
function hasLeft({ destroyed, complete }: IncomingMessage): boolean {
  return destroyed && !complete;
}

function hasMore({ complete, readableEnded, headers }: IncomingMessage): boolean {
  if (complete || readableEnded) return false;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/**
 * Reads away what a client still sends when its answer is out, for a while: one that is cut off while it writes loses the
 * answer with the connection, and tries again what was refused.
 */
async function linger(message: IncomingMessage, response: ServerResponse, lingerMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, lingerMs);
  for (const end of ["end", "close", "error"]) message.once(end, resolve);
  response.once("close", resolve);
  message.resume();
  await promise;
  clearTimeout(timer);
  if (hasMore(message)) message.socket.destroy();
}

/** Resolves when nobody needs the memory of the bytes any more, which is lent, or the connection is over. */
async function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  if (response.destroyed || response.closed) return;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const { promise: called, resolve: call } = Promise.withResolvers<void>();
  response.on("close", resolve);
  response.on("drain", resolve);
  // Bun calls back as soon as it has the bytes, however many it still holds for a slow client.
  if (response.write(bytes, () => call())) void called.then(resolve);
  await over;
  response.off("close", resolve);
  response.off("drain", resolve);
}

function finished(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.writableFinished || response.destroyed || response.closed) return resolve();
    response.once("finish", resolve);
    response.once("close", resolve);
  });
}
