import { Agent, type IncomingMessage, request } from "node:http";
import type { ContainerConfig, EngineAddress } from "../../src/docker/mod.ts";
import type { Bench } from "./row.ts";

/**
 * The peer of a launch: the Engine API with nothing around it. Connections are kept, no checks but the status, no
 * deadlines. What it needs for a container, no client can do without.
 */
export class RawEngine implements Disposable {
  readonly #target: { socketPath: string } | { host: string; port: number };
  readonly #prefix: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(address: EngineAddress, apiVersion: string) {
    if (address.kind === "tcp" && address.tls !== undefined) {
      throw new RangeError("Cannot measure against this Docker daemon: the raw client speaks no TLS");
    }
    this.#target = address.kind === "unix" ? { socketPath: address.path } : { host: address.host, port: address.port };
    this.#prefix = `/v${apiVersion}`;
  }

  /** Creates a container and gives its id. */
  async create(name: string, body: ContainerConfig): Promise<string> {
    const path = `/containers/create?name=${name}`;
    const created = await readText(await this.#send("POST", path, [201], JSON.stringify(body)));
    return String(JSON.parse(created).Id);
  }

  /** Starts a container; it runs when this resolves. */
  async start(id: string): Promise<void> {
    await readText(await this.#send("POST", `/containers/${id}/start`, [204]));
  }

  /** What the daemon has under this name. */
  async inspectImage(name: string): Promise<unknown> {
    return JSON.parse(await readText(await this.#send("GET", `/images/${name}/json`, [200])));
  }

  /** Kills a container at once. */
  async kill(id: string): Promise<void> {
    await readText(await this.#send("POST", `/containers/${id}/kill?signal=KILL`, [204]));
  }

  /** Resolves when the daemon has taken the wait: `status` settles at the container's next exit. */
  async openWait(id: string): Promise<{ status: Promise<number> }> {
    const response = await this.#send("POST", `/containers/${id}/wait?condition=next-exit`, [200]);
    return { status: readText(response).then((text) => Number(JSON.parse(text).StatusCode)) };
  }

  /** Resolves when the daemon has the container no more. */
  async removal(id: string): Promise<void> {
    await readText(await this.#send("POST", `/containers/${id}/wait?condition=removed`, [200, 404]));
  }

  /** Removes a container with its volumes, whatever it is doing. */
  async remove(id: string): Promise<void> {
    await readText(await this.#send("DELETE", `/containers/${id}?force=1&v=1`, [204]));
  }

  /** The output of a container from its start to its end, in frames. */
  async followLogs(id: string): Promise<AsyncIterable<Uint8Array>> {
    return await this.#send("GET", `/containers/${id}/logs?follow=1&stdout=1&stderr=1`, [200]);
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /** Resolves with the headers of the answer. */
  async #send(method: string, path: string, statuses: readonly number[], body = ""): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = {
      "Content-Length": Buffer.byteLength(body),
      ...(body === "" ? {} : { "Content-Type": "application/json" }),
    };
    request({ ...this.#target, agent: this.#agent, method, path: `${this.#prefix}${path}`, headers })
      .on("response", resolve)
      .on("error", reject)
      .end(body);
    const response = await promise;
    if (statuses.includes(response.statusCode ?? 0)) return response;
    throw new Error(`Cannot ${method} "${path}": ${response.statusCode} ${await readText(response)}`);
  }
}

/** Opens one for the daemon of a bench, by the version that it speaks. */
export async function openRawEngine({ engine, engineAddress, signal }: Bench): Promise<RawEngine> {
  const { apiVersion } = await engine.version({ signal });
  return new RawEngine(engineAddress, apiVersion);
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
