import { resolve } from "node:path";
import type { ListenerAddress } from "./http/listener.ts";
import type { ListenOption } from "./options.ts";

/** Where an embedded agent is reached. */
export interface EmbeddedEndpoint {
  /** First part of the API's path. */
  processId: "slave(1)";
  /** Address without brackets. */
  host: string;
  port: number;
  /** UNIX socket, when there is one. */
  socketPath?: string;
}

const loopback = "127.0.0.1";

/** Executors cannot connect to a wildcard, so they are told the loopback address for it. */
const reachable = new Map([
  ["0.0.0.0", loopback],
  ["::", "::1"],
]);

/** Everything that an agent listens on. */
export function toAddresses(listen: ListenOption): ListenerAddress[] {
  if (listen.kind === "tcp") return [{ kind: "tcp", host: listen.host ?? loopback, port: listen.port ?? 0 }];
  return [
    { kind: "tcp", host: loopback, port: 0 },
    { kind: "unix", path: resolve(listen.path) },
  ];
}

/** What executors are told, once the port is known. */
export function toEndpoint(listen: ListenOption, port: number): EmbeddedEndpoint {
  const host = listen.kind === "tcp" ? (listen.host ?? loopback) : loopback;
  const socket = listen.kind === "unix" ? { socketPath: resolve(listen.path) } : {};
  return { processId: "slave(1)", host: reachable.get(host) ?? host, port, ...socket };
}
