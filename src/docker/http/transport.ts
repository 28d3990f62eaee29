import { readFile } from "node:fs/promises";
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { inspect } from "node:util";
import type DockerModem from "docker-modem";
import type { EngineAddress, EngineTls } from "../engine_address.ts";

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
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** docker-modem gathers the body of a status that it does not know without a limit: so it is told to know all. */
const everyStatus = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [index + 100, true]));

/** Speaks HTTP to one daemon through docker-modem, which is loaded by the first request: an executor starts faster. */
export class ModemTransport {
  readonly #address: EngineAddress;
  #modem: Promise<DockerModem> | undefined;

  constructor(address: EngineAddress) {
    this.#address = address;
  }

  /** Resolves when the headers of the answer have arrived; rejects with an error of the platform. */
  async send(request: WireRequest, signal: AbortSignal): Promise<WireResponse> {
    this.#modem ??= openModem(this.#address);
    const modem = await this.#modem.catch((error: unknown) => {
      this.#modem = undefined;
      throw error;
    });
    const { promise, resolve, reject } = Promise.withResolvers<Readable>();
    modem.dial(toDialOptions(request, signal), (error, result) => {
      if (error === null) resolve(result as Readable);
      else reject(error);
    });
    const body = await promise;
    // Errors reach whoever iterates the body; without a listener those of a body that nobody reads end the process.
    body.on("error", () => undefined);
    if (!(body instanceof IncomingMessage)) return { status: 101, headers: {}, body };
    return { status: body.statusCode ?? 0, headers: body.headers, body };
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
    abortSignal: hiddenFromInspect(signal),
    hijack: body.kind === "upgrade",
    file: body.kind === "stream" ? body.stream : undefined,
  };
}

async function openModem(address: EngineAddress): Promise<DockerModem> {
  const [{ default: Modem }, { default: followers }, tls] = await Promise.all([
    import("docker-modem"),
    import("docker-modem/lib/http.js"),
    readTls(address),
  ]);
  // docker-modem follows redirects with a request of its own that has neither signal nor error handler: one stray 302
  // ends the process. The Engine API has no redirects, so the plain requests of the platform take their place.
  followers.http.request = httpRequest;
  followers.https.request = httpsRequest;
  // All that docker-modem would otherwise take from DOCKER_* of the environment is named here.
  return new Modem({
    ...(address.kind === "unix"
      ? { socketPath: address.path, host: undefined, port: undefined }
      : { socketPath: undefined, host: address.host, port: address.port }),
    protocol: tls === undefined ? "http" : "https",
    ca: tls?.ca,
    cert: tls?.cert,
    key: tls?.key,
    timeout: undefined,
    username: undefined,
    agent: createAgent(address),
  });
}

/** One connection per call: a kept one may be dead after a restart of the daemon, and saves only 0.2 ms. */
function createAgent(address: EngineAddress): HttpAgent {
  if (address.kind === "unix" || address.tls === undefined)
    return hiddenFromInspect(new HttpAgent({ keepAlive: false }));
  const rejectUnauthorized = address.tls.check === "authority";
  return hiddenFromInspect(new HttpsAgent({ keepAlive: false, rejectUnauthorized }));
}

interface TlsFiles {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

async function readTls(address: EngineAddress): Promise<TlsFiles | undefined> {
  const tls: EngineTls | undefined = address.kind === "tcp" ? address.tls : undefined;
  if (tls === undefined) return undefined;
  const { certPath } = tls;
  if (certPath === undefined) return { ca: undefined, cert: undefined, key: undefined };
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => readFile(join(certPath, name))),
  );
  return { ca, cert, key };
}

/**
 * docker-modem has every request's options printed in full for its debug log, also when that is off. Measured: an
 * agent with one open socket makes this 0.6 ms (Bun) to 2 ms (Deno) of CPU per call.
 */
function hiddenFromInspect<T extends object>(value: T): T {
  return Object.defineProperty(value, inspect.custom, { value: () => "…", configurable: true });
}
