import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Registry } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { parseRequest } from "../requests/parse_request.ts";
import { largestManifestBytes } from "../values/manifest.ts";
import { type Answer, errorAnswer, type Incoming } from "./answer.ts";
import { beginExchange, type Exchange, type OpenExchange, type Served, toLength } from "./exchange.ts";
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
   * Told the Authorization header of each request, the ping included, before anything is done; gives the name of whom it
   * admits. What it throws is the answer; UNAUTHORIZED comes with a challenge for a name and a password. By default, everybody
   * is admitted.
   */
  readonly admit?: (authorization: string | undefined) => Promise<string | undefined>;
  /** Requests that may run at once; more are TOOMANYREQUESTS at once instead of waiting (contract I.4). By default any. */
  readonly maximumRequests?: number;
  /**
   * How long a client may go on sending a body after its answer, which an early refusal is to most: until then it can read the
   * answer, and go on with the connection. Five seconds.
   */
  readonly lingerMs?: number;
  /**
   * Who answers at a path that is none of the API's, such as a page for people; undefined where nobody does. Admission is asked
   * for as everywhere; the maximum of requests does not count here, so that an overloaded registry can be looked at.
   */
  readonly beside?: (path: string) => ((incoming: BesideRequest) => Promise<Answer>) | undefined;
  /** Called once for each request when its headers have come. */
  readonly onBegun?: (exchange: Exchange) => void;
  /** Called once for each request when its answer is out or given up; with what {@link onBegun} was given. */
  readonly onServed?: (served: Served, exchange: Exchange) => void;
}

/** A request beside the API. */
export interface BesideRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** Speaks the distribution API for a registry: a listener for `node:http` and `node:https` servers (contract I). */
export function serveRegistry(registry: Registry, options: ServeOptions = {}): RequestListener {
  const { maximumRequests = Number.POSITIVE_INFINITY, beside } = options;
  let running = 0;
  const take = async (message: IncomingMessage, response: ServerResponse) => {
    const aside = beside?.(message.url?.split("?", 1)[0] ?? "/");
    if (aside) return await serve({ registry, options, aside }, message, response);
    // Who is refused takes nobody's place, however long it goes on sending.
    if (running >= maximumRequests) {
      return await serve({ registry, options: { ...options, admit: refuseForNow } }, message, response);
    }
    running++;
    try {
      await serve({ registry, options }, message, response);
    } finally {
      running--;
    }
  };
  return (message, response) => {
    // Its own failures end in the response; what is left is a fault of this program, which the process reports.
    void take(message, response);
  };
}

async function refuseForNow(): Promise<never> {
  throw new RegistryError("TOOMANYREQUESTS", "Cannot answer now: too many requests are running", {
    retryAfterMs: 1000,
  });
}

/** What answers a request. */
interface Desk {
  readonly registry: Registry;
  readonly options: ServeOptions;
  readonly aside?: (incoming: BesideRequest) => Promise<Answer>;
}

async function serve(desk: Desk, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const begun = performance.now();
  const { options } = desk;
  const { lingerMs = 5000 } = options;
  const leaving = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished)
      leaving.abort(new RegistryError("UNAVAILABLE", "Cannot answer: the client has left"));
  });
  const exchange = beginExchange(message);
  const body = bodyOf(message, exchange);
  const incoming = { headers: message.headers as Incoming["headers"], body, signal: leaving.signal };
  options.onBegun?.(exchange);
  const answer = await answerMessage(desk, exchange, incoming);
  const namespace = exchange.request?.namespace === undefined ? {} : { "oci-namespace": exchange.request.namespace };
  const headers: Answer["headers"] = { ...(!desk.aside && apiVersion), ...namespace, ...answer.headers };
  exchange.expectedBytes = toLength(headers["content-length"]);
  exchange.fault = answer.fault;
  const outcome = await sendAnswer(message, response, { ...answer, headers }, exchange, {
    signal: leaving.signal,
    lingerMs,
  });
  const durationMs = performance.now() - begun;
  options.onServed?.({ ...exchange, status: answer.status, durationMs, outcome }, exchange);
}

const apiVersion = { "docker-distribution-api-version": "registry/2.0" };

/** Asks for a name and a password (RFC 7617). */
const challenge = { "www-authenticate": 'Basic realm="registry", charset="UTF-8"' };

async function answerMessage(desk: Desk, exchange: OpenExchange, incoming: Incoming): Promise<Answer> {
  const { options, aside } = desk;
  const { method, url } = exchange;
  try {
    const answer = aside
      ? () => aside({ method, url, signal: incoming.signal })
      : prepareAnswer(desk, exchange, incoming);
    exchange.user = await options.admit?.(incoming.headers.authorization);
    return await answer();
  } catch (error) {
    const refused = RegistryError.from(error);
    return errorAnswer(refused, refused.code === "UNAUTHORIZED" ? challenge : {});
  }
}

/** Reads the request, which needs nobody to be admitted, and gives what answers it. */
function prepareAnswer({ registry, options }: Desk, exchange: OpenExchange, incoming: Incoming): () => Promise<Answer> {
  const { maximumManifestBytes = largestManifestBytes, forNamespace } = options;
  const request = parseRequest(exchange.method, exchange.url);
  exchange.request = request;
  const chosen = (request.namespace !== undefined && forNamespace?.(request.namespace)) || registry;
  return () => answerRequest(chosen, request, incoming, { maximumManifestBytes });
}

/** Bytes of a request as they come; a client that breaks off is UNAVAILABLE, and what it sent before is kept. */
async function* bodyOf(message: IncomingMessage, exchange: OpenExchange): AsyncGenerator<Uint8Array> {
  try {
    // What is left unread is drained or cut off by the answer; here it must not take the connection with it.
    for await (const bytes of message.iterator({ destroyOnReturn: false })) {
      exchange.receivedBytes += bytes.byteLength;
      yield bytes as Uint8Array;
    }
  } catch (error) {
    throw new RegistryError("UNAVAILABLE", "Cannot read body: the client broke off", { cause: error });
  }
  if (!message.complete) throw new RegistryError("UNAVAILABLE", "Cannot read body: the client broke off");
}
