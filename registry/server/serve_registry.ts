import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Registry } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { parseRequest } from "../requests/parse_request.ts";
import type { RegistryRequest } from "../requests/request.ts";
import { largestManifestBytes } from "../values/manifest.ts";
import { type Answer, errorAnswer, type Incoming } from "./answer.ts";
import { answerRequest } from "./registry_answers.ts";
import { sendAnswer } from "./send_answer.ts";

/** How a registry is served. */
export interface ServeOptions {
  /** Largest manifest that is read from a client. */
  readonly maximumManifestBytes?: number;
  /**
   * The registry for a request with `?ns=<host>`, which clients of a mirror send (contract B.9). Undefined: the registry
   * itself. By default, the parameter changes nothing.
   */
  readonly forNamespace?: (namespace: string) => Registry | undefined;
  /** Called once for each request when its answer is out or given up. */
  readonly onServed?: (served: Served) => void;
}

/** A request that is over, for logs and counters. */
export interface Served {
  readonly method: string;
  readonly url: string;
  /** What was asked for; undefined when it could not be read. */
  readonly request: RegistryRequest | undefined;
  readonly status: number;
  /** Bytes of the body that were given to the connection. */
  readonly sentBytes: number;
  /** Whether the client has everything. */
  readonly outcome: "sent" | "broken";
  /** From the request's headers to its end. */
  readonly durationMs: number;
}

/** Speaks the distribution API for a registry: a listener for `node:http` and `node:https` servers (contract I). */
export function serveRegistry(registry: Registry, options: ServeOptions = {}): RequestListener {
  return (message, response) => {
    // Its own failures end in the response; what is left is a fault of this program, which the process reports.
    void serve(registry, options, message, response);
  };
}

async function serve(
  registry: Registry,
  options: ServeOptions,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const begun = performance.now();
  const { method = "GET", url = "/" } = message;
  const leaving = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished)
      leaving.abort(new RegistryError("UNAVAILABLE", "Cannot answer: the client has left"));
  });
  const incoming = { headers: message.headers as Incoming["headers"], body: bodyOf(message), signal: leaving.signal };
  const { request, answer } = await answerMessage(registry, options, { method, url }, incoming);
  const namespace = request?.namespace === undefined ? {} : { "oci-namespace": request.namespace };
  const headers = { "docker-distribution-api-version": "registry/2.0", ...namespace, ...answer.headers };
  const sent = await sendAnswer(message, response, { ...answer, headers }, leaving.signal);
  const durationMs = performance.now() - begun;
  options.onServed?.({ method, url, request, status: answer.status, durationMs, ...sent });
}

async function answerMessage(
  registry: Registry,
  options: ServeOptions,
  { method, url }: { method: string; url: string },
  incoming: Incoming,
): Promise<{ request: RegistryRequest | undefined; answer: Answer }> {
  let request: RegistryRequest;
  try {
    request = parseRequest(method, url);
  } catch (error) {
    return { request: undefined, answer: errorAnswer(RegistryError.from(error)) };
  }
  const { maximumManifestBytes = largestManifestBytes, forNamespace } = options;
  const chosen = (request.namespace !== undefined && forNamespace?.(request.namespace)) || registry;
  return { request, answer: await answerRequest(chosen, request, incoming, { maximumManifestBytes }) };
}

/** Bytes of a request as they come; a client that breaks off is UNAVAILABLE, and what it sent before is kept. */
async function* bodyOf(message: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    // What is left unread is drained or cut off by the answer; here it must not take the connection with it.
    for await (const bytes of message.iterator({ destroyOnReturn: false })) yield bytes as Uint8Array;
  } catch (error) {
    throw new RegistryError("UNAVAILABLE", "Cannot read body: the client broke off", { cause: error });
  }
  if (!message.complete) throw new RegistryError("UNAVAILABLE", "Cannot read body: the client broke off");
}
