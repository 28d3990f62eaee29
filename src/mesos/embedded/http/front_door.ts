import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../../../runtime/log.ts";
import type { Exchange } from "../reports.ts";
import { type Answer, answer } from "./answer.ts";
import { type Listener, type ListenerAddress, openListener } from "./listener.ts";
import { BodyTooLargeError, readBody } from "./request_body.ts";
import { type ApiRequest, type ExecutorApi, judge, type Verdict } from "./surface.ts";

/** Takes the calls that the surface let through. Gives the answer, or keeps the response for itself as a stream. */
export type CallTaker<E> = (verdict: Extract<Verdict<E>, { kind: "call" }>, response: ServerResponse) => Taken;

/** What became of a call: answered, or the response belongs to a stream, or the connection was cut. */
export type Taken = { kind: "answer"; answer: Answer } | { kind: "stream" } | { kind: "cut" };

/** The listeners of an agent's process. They can be closed and opened again at the same place. */
export class FrontDoor<E> {
  readonly #addresses: ListenerAddress[];
  readonly #serve: (request: IncomingMessage, response: ServerResponse, transport: ApiRequest["transport"]) => void;
  #listeners: Listener[] = [];

  constructor(
    addresses: readonly ListenerAddress[],
    api: ExecutorApi<E>,
    take: CallTaker<E>,
    options: { observe: (exchange: Exchange) => void; log: Log },
  ) {
    this.#addresses = addresses.map((address) => ({ ...address }));
    this.#serve = (request, response, transport) => {
      serve(request, response, { transport, api, take, observe: options.observe }).catch((cause: unknown) => {
        options.log.warn("request not answered", { error: String(cause) });
        response.destroy();
      });
    };
  }

  /** The TCP port; known once it has been open. */
  get port(): number {
    const tcp = this.#addresses.find((address) => address.kind === "tcp");
    return tcp?.port ?? 0;
  }

  /** Listens everywhere, or throws and listens nowhere. A port that was free choice stays the same from then on. */
  async open(): Promise<void> {
    if (this.#listeners.length > 0) return;
    try {
      for (const address of this.#addresses) await this.#openOne(address);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Cuts every connection and refuses new ones. */
  async close(): Promise<void> {
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.close()));
  }

  async #openOne(address: ListenerAddress): Promise<void> {
    const listener = await openListener(address, (request, response) => this.#serve(request, response, address.kind));
    this.#listeners.push(listener);
    if (address.kind === "tcp") address.port = listener.port;
  }
}

interface Serving<E> {
  transport: ApiRequest["transport"];
  api: ExecutorApi<E>;
  take: CallTaker<E>;
  observe: (exchange: Exchange) => void;
}

async function serve<E>(incoming: IncomingMessage, response: ServerResponse, serving: Serving<E>): Promise<void> {
  const request = await readRequest(incoming, serving.transport);
  if (!request) return write(response, answer(413));
  const verdict = judge(request, serving.api);
  const taken = verdict.kind === "call" ? serving.take(verdict, response) : verdict;
  const call = verdict.call ? { call: verdict.call } : {};
  const status = taken.kind === "answer" ? taken.answer.status : taken.kind === "stream" ? 200 : 0;
  serving.observe({ request, status, ...call });
  if (taken.kind === "answer") write(response, taken.answer);
  if (taken.kind === "cut") response.destroy();
}

async function readRequest(
  incoming: IncomingMessage,
  transport: ApiRequest["transport"],
): Promise<ApiRequest | undefined> {
  try {
    const body = await readBody(incoming);
    const headers = Object.entries(incoming.headers).map(([name, value]) => [name, value?.toString()]);
    return {
      ...{ transport, method: incoming.method ?? "", target: incoming.url ?? "", body },
      headers: Object.fromEntries(headers),
    };
  } catch (error) {
    if (error instanceof BodyTooLargeError) return undefined;
    throw error;
  }
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, "Content-Length": new TextEncoder().encode(body).length });
  response.end(body);
}
