import { Buffer } from "node:buffer";
import http from "node:http";
import type { Clock } from "../runtime/clock.ts";
import { type AgentAddress, formatAgentAddress } from "./agent_address.ts";
import { AgentError } from "./agent_error.ts";
import type { AgentTls } from "./agent_tls.ts";

/** How requests are made: by node:http, or as {@link openTlsTransport} makes them. */
export interface HttpTransport {
  request: (options: http.RequestOptions) => http.ClientRequest;
  Agent: typeof http.Agent;
  /** Certificates and the like, for every request. */
  options?: object;
}

/** Requests without TLS. */
export const plainTransport: HttpTransport = { request: http.request, Agent: http.Agent };

/** Requests by TLS; node:https is loaded when somebody needs it, because every executor would pay for it at its start. */
export async function openTlsTransport({ ca, cert, key, verify }: AgentTls): Promise<HttpTransport> {
  const https = await import("node:https");
  const own = cert !== undefined && key !== undefined ? { cert, key } : {};
  const options = { ...(ca ? { ca: [...ca] } : {}), ...own, rejectUnauthorized: verify === "agent" };
  return { request: https.request, Agent: https.Agent, options };
}

/** Silence after which the kernel asks whether the peer is still there. */
const keepAliveMs = 60_000;

/** A POST to an agent, whichever of its APIs it is for. */
export interface AgentRequest {
  /** What it is for, as errors say it. */
  readonly action: string;
  readonly address: AgentAddress;
  readonly transport: HttpTransport;
  readonly connections: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly clock: Clock;
  /** How long the answer may take to begin. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Sends a request; resolves when its answer begins. Throws {@link AgentError} `unreachable`, and the signal's reason. */
export function postToAgent(wanted: AgentRequest): Promise<http.IncomingMessage> {
  const { action, address, transport, connections, headers, body, clock, deadlineMs, signal } = wanted;
  const target =
    address.kind === "unix" ? { socketPath: address.socketPath } : { host: address.host, port: address.port };
  return new Promise((resolve, reject) => {
    const toAgentError = (cause: Error) =>
      signal.aborted
        ? signal.reason
        : new AgentError("unreachable", `Cannot ${action} at ${formatAgentAddress(address)}: ${cause.message}`, {
            cause,
          });
    if (signal.aborted) return reject(signal.reason);
    const request = transport.request({
      ...target,
      ...transport.options,
      agent: connections,
      method: "POST",
      path: address.path,
      signal,
      headers: {
        ...headers,
        "Content-Length": body.length,
        ...(address.kind === "unix" ? { Host: "agent" } : {}),
      },
    });
    const deadline = clock.schedule(deadlineMs, () =>
      request.destroy(new Error(`no answer in ${deadlineMs / 1000} s`)),
    );
    // A peer that is gone without a word is told by the kernel: a stream may be silent for half an hour.
    request.on("socket", (socket) => socket.setKeepAlive(true, keepAliveMs));
    request.on("response", (response) => {
      deadline.cancel();
      resolve(response);
    });
    request.on("error", (error) => {
      deadline.cancel();
      reject(toAgentError(error));
    });
    request.end(body);
  });
}

/** Status and body of an answer that is no stream. The status counts, so what is missing of the body is let go. */
export async function readAnswer(
  response: http.IncomingMessage,
  { maxBytes, clock, deadlineMs }: { maxBytes: number; clock: Clock; deadlineMs: number },
): Promise<[status: number, body: string]> {
  const chunks: Uint8Array[] = [];
  let left = maxBytes;
  const deadline = clock.schedule(deadlineMs, () => response.destroy());
  try {
    for await (const chunk of response) {
      chunks.push(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) break;
    }
  } catch {
    // Cut off, given up, or too slow: the body ends here.
  } finally {
    deadline.cancel();
  }
  return [response.statusCode ?? 0, Buffer.concat(chunks).toString("utf8")];
}
