import { Buffer } from "node:buffer";
import { relative } from "node:path";
import process from "node:process";
import type { AgentEndpoint, ExecutorEnvironment } from "./environment.ts";

/** Where an API of an agent is served. */
export type AgentAddress =
  | { kind: "tcp"; host: string; port: number; path: string }
  | { kind: "unix"; socketPath: string; path: string };

/** Longest path that fits into a `sockaddr_un`, its final zero left out. */
const maxSocketPathBytes = 107;

/** Path of the API of the agent process, e.g. `/slave(1)/api/v1/executor` (contract A.3). */
export function toApiPath(endpoint: AgentEndpoint): string {
  return `/${endpoint.processId}/api/v1/executor`;
}

/** The agent's domain socket when it offers one, else its TCP endpoint. */
export function toAgentAddress(environment: ExecutorEnvironment): AgentAddress {
  const path = toApiPath(environment.endpoint);
  const { domainSocket, endpoint } = environment;
  if (domainSocket !== undefined) return { kind: "unix", socketPath: fitSocketPath(domainSocket), path };
  return { kind: "tcp", host: endpoint.host, port: endpoint.port, path };
}

/** The same agent's operator API, e.g. `/slave(1)/api/v1`: its domain socket serves that too (contract A.3). */
export function toOperatorAddress(environment: ExecutorEnvironment): AgentAddress {
  return { ...toAgentAddress(environment), path: `/${environment.endpoint.processId}/api/v1` };
}

/** One line for logs and errors. */
export function formatAgentAddress(address: AgentAddress): string {
  if (address.kind === "unix") return `unix:${address.socketPath}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** The path itself when a socket address can hold it, else the same file seen from the working directory. */
function fitSocketPath(path: string): string {
  const candidates = [path, relative(process.cwd(), path)];
  const fitting = candidates.find((candidate) => Buffer.byteLength(candidate) <= maxSocketPathBytes);
  if (fitting !== undefined) return fitting;
  throw new RangeError(
    `Cannot use MESOS_DOMAIN_SOCKET "${path}": it has ${Buffer.byteLength(path)} bytes, a socket's path at most ${maxSocketPathBytes}`,
  );
}
