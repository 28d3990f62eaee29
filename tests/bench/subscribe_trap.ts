import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A listener in an agent's place that does no more than notice an executor's SUBSCRIBE. */
export interface SubscribeTrap extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Has `notice` called in the very moment of the next request, and gives what it gives. */
  next<T>(notice: () => T): Promise<T>;
}

/** Opens a trap on a free port of 127.0.0.1. Requests are never answered: whoever sent them is ended by the caller. */
export async function openSubscribeTrap(): Promise<SubscribeTrap> {
  const host = "127.0.0.1";
  let notice: () => void = () => undefined;
  const server = createServer((_request: IncomingMessage) => notice());
  const listening = Promise.withResolvers<void>();
  server.on("error", listening.reject);
  server.listen({ host, port: 0 }, listening.resolve);
  await listening.promise;
  return {
    host,
    port: (server.address() as AddressInfo).port,
    next: (take) => {
      const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof take>>();
      notice = () => {
        try {
          resolve(take());
        } catch (error) {
          reject(error);
        }
      };
      return promise;
    },
    [Symbol.asyncDispose]: () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      return closed.promise;
    },
  };
}
