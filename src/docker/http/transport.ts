import type { IncomingMessage } from "node:http";
import type { Duplex, Readable } from "node:stream";
import type DockerModem from "docker-modem";
import type { EngineAddress } from "../engine_address.ts";

/** A request as docker-modem takes it. */
export interface WireRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** With the version in front. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: WireBody;
}

/** What is sent: nothing, a JSON document, a stream, or an offer to turn the connection into a raw stream. */
export type WireBody =
  | { readonly kind: "none" }
  | { readonly kind: "json"; readonly value: object }
  | { readonly kind: "stream"; readonly stream: Readable }
  | { readonly kind: "upgrade" };

/** An answer whose headers have arrived; `body` is still to be read, or to be destroyed. */
export interface WireResponse {
  readonly status: number;
  readonly body: Readable;
}

/** docker-modem gathers the body of a status that it does not know without a limit: so it is told to know all. */
const everyStatus = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [index + 100, true]));

/** Speaks HTTP to one daemon through docker-modem, which the first request loads: an executor starts faster. */
export class ModemTransport {
  readonly #address: EngineAddress;
  #modem: Promise<DockerModem> | undefined;

  constructor(address: EngineAddress) {
    this.#address = address;
  }

  /** Resolves when the headers of the answer have arrived; rejects with an error of the platform. */
  async send(request: WireRequest, signal: AbortSignal): Promise<WireResponse> {
    const modem = await this.#openModem();
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage | Duplex>();
    modem.dial(toDialOptions(request, signal), (error, result) => {
      if (error === null) resolve(result as IncomingMessage | Duplex);
      else reject(error);
    });
    const body = await promise;
    // Errors reach whoever iterates the body; without a listener those of a body that nobody reads end the process.
    body.on("error", () => undefined);
    // An upgraded connection comes as the bare socket.
    return { status: "statusCode" in body ? (body.statusCode ?? 0) : 101, body };
  }

  /** A failure, e.g. for want of certificates, is tried again by the next call. */
  async #openModem(): Promise<DockerModem> {
    this.#modem ??= import("./modem.ts").then(({ openModem }) => openModem(this.#address));
    try {
      return await this.#modem;
    } catch (error) {
      this.#modem = undefined;
      throw error;
    }
  }
}

function toDialOptions(request: WireRequest, signal: AbortSignal): DockerModem.DialOptions {
  const { method, path, query, headers, body } = request;
  return {
    method,
    // A question mark at the end is how docker-modem is told to add the query.
    path: Object.keys(query).length === 0 ? path : `${path}?`,
    // Without a body of its own, docker-modem sends the query once more as the body of a POST.
    options: { _query: query, _body: body.kind === "json" ? body.value : {} },
    headers: { ...headers },
    isStream: true,
    statusCodes: everyStatus,
    abortSignal: signal,
    hijack: body.kind === "upgrade",
    file: body.kind === "stream" ? body.stream : undefined,
  };
}
