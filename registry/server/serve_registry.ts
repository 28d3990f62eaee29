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
  /**
   * Told the Authorization header of each request, the ping included, before anything is done. What it throws is the answer;
   * UNAUTHORIZED comes with a challenge for a name and a password. By default, everybody is admitted.
   */
  readonly admit?: (authorization: string | undefined) => Promise<void>;
  /** Requests that may run at once; more are TOOMANYREQUESTS at once instead of waiting (contract I.4). By default any. */
  readonly maximumRequests?: number;
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
  const { maximumRequests = Number.POSITIVE_INFINITY } = options;
  let running = 0;
  const take = async (message: IncomingMessage, response: ServerResponse) => {
    const admit = running < maximumRequests ? options.admit : refuseForNow;
    running++;
    try {
      await serve(registry, { ...options, ...(admit && { admit }) }, message, response);
    } finally {
      running--;
    }
  };
  return (message, response) => {
    // Its own failures end in the response; what is left is a fault of this program, which the process reports.
    void take(message, response);
  };
}

async function refuseForNow(): Promise<void> {
  throw new RegistryError("TOOMANYREQUESTS", "Cannot answer now: too many requests are running", {
    retryAfterMs: 1000,
  });
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

/** Asks for a name and a password (RFC 7617). */
const challenge = { "www-authenticate": 'Basic realm="registry", charset="UTF-8"' };

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
  const { maximumManifestBytes = largestManifestBytes, forNamespace, admit } = options;
  try {
    await admit?.(incoming.headers.authorization);
  } catch (error) {
    const refused = RegistryError.from(error);
    return { request, answer: errorAnswer(refused, refused.code === "UNAUTHORIZED" ? challenge : {}) };
  }
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
