import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AgentAddress } from "../../src/mesos/agent_address.ts";
import { listen } from "../registry/server/test_server.ts";

/** A request as an agent's operator API got it. */
export interface OperatorCall {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** An agent that answers as a test says, or does not. */
export interface OperatorAgent extends AsyncDisposable {
  readonly address: AgentAddress & { kind: "tcp" };
  readonly calls: readonly OperatorCall[];
  /** Responses in the order of their requests. */
  readonly responses: readonly ServerResponse[];
}

/** An agent whose operator API a test plays. */
export async function openOperatorAgent(respond: (response: ServerResponse) => void): Promise<OperatorAgent> {
  const calls: OperatorCall[] = [];
  const responses: ServerResponse[] = [];
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      calls.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      responses.push(response);
      respond(response);
    });
  });
  const { host, [Symbol.asyncDispose]: close } = await listen(server);
  const [name = "", port] = host.split(":");
  const address = { kind: "tcp", host: name, port: Number(port), path: "/slave(1)/api/v1" } as const;
  return { address, calls, responses, [Symbol.asyncDispose]: close };
}

/** Answers with a status and a body. */
export function answering(status: number, body: string): (response: ServerResponse) => void {
  return (response) => response.writeHead(status).end(body);
}

/** Answers GET_FLAGS as an agent does. */
export function answeringFlags(flags: Readonly<Record<string, unknown>>): (response: ServerResponse) => void {
  const told = Object.entries(flags).map(([name, value]) => ({ name, value }));
  return answering(200, JSON.stringify({ type: "GET_FLAGS", get_flags: { flags: told } }));
}
