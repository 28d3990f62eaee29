import type { IncomingMessage } from "node:http";
import type { RegistryRequest } from "../requests/request.ts";

/** A request that is being answered. What it has moved grows until it is over. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** What was asked for; undefined when it could not be read, or is none of the API's. */
  readonly request: RegistryRequest | undefined;
  /** Address of the other end of the connection. */
  readonly client: string;
  /** Who was admitted, where names are asked for. */
  readonly user: string | undefined;
  readonly userAgent: string | undefined;
  /** When its headers had come, in milliseconds since the epoch. */
  readonly begunMs: number;
  /** Bytes of the request's body that were read. */
  readonly receivedBytes: number;
  /** Bytes of the answer's body that were given to the connection. */
  readonly sentBytes: number;
  /** Length of the body, the answer's once there is one, where it was stated. */
  readonly expectedBytes: number | undefined;
  /** Why it was refused, or broke. */
  readonly fault: string | undefined;
}

/** An exchange that is over, for logs and counters. */
export interface Served extends Exchange {
  readonly status: number;
  /** Whether the client has everything. */
  readonly outcome: "sent" | "broken";
  /** From the request's headers to its end. */
  readonly durationMs: number;
}

/** The server's own view of an exchange. */
export type OpenExchange = { -readonly [Field in keyof Exchange]: Exchange[Field] };

export function beginExchange(message: IncomingMessage): OpenExchange {
  const { method = "GET", url = "/", headers, socket } = message;
  return {
    method,
    url,
    request: undefined,
    client: socket.remoteAddress ?? "",
    user: undefined,
    userAgent: headers["user-agent"],
    begunMs: Date.now(),
    receivedBytes: 0,
    sentBytes: 0,
    fault: undefined,
    expectedBytes: toLength(headers["content-length"]),
  };
}

/** A Content-Length as a number; undefined for one that is none. */
export function toLength(text: string | readonly string[] | undefined): number | undefined {
  return typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
