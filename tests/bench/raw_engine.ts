import { Agent, type IncomingMessage, request } from "node:http";
import type { ContainerConfig, EngineAddress } from "../../src/docker/mod.ts";

/**
 * The peer of a launch: the Engine API with nothing around it. One kept connection, no checks but the status, no
 * deadlines. What it needs for create and start, no client can do without.
 */
export class RawEngine implements Disposable {
  readonly #target: { socketPath: string } | { host: string; port: number };
  readonly #prefix: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(address: EngineAddress, apiVersion: string) {
    if (address.kind === "tcp" && address.tls !== undefined) {
      throw new RangeError("Cannot measure against this Docker daemon: the raw client speaks no TLS");
    }
    this.#target = address.kind === "unix" ? { socketPath: address.path } : { host: address.host, port: address.port };
    this.#prefix = `/v${apiVersion}`;
  }

  /** Creates a container and gives its id. */
  async create(name: string, body: ContainerConfig): Promise<string> {
    const created = await this.#post(`/containers/create?name=${name}`, 201, JSON.stringify(body));
    return String(JSON.parse(created).Id);
  }

  /** Starts a container; it runs when this resolves. */
  async start(id: string): Promise<void> {
    await this.#post(`/containers/${id}/start`, 204, "");
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #post(path: string, status: number, body: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = {
      "Content-Length": Buffer.byteLength(body),
      ...(body === "" ? {} : { "Content-Type": "application/json" }),
    };
    request({ ...this.#target, agent: this.#agent, method: "POST", path: `${this.#prefix}${path}`, headers })
      .on("response", resolve)
      .on("error", reject)
      .end(body);
    const response = await promise;
    const chunks: Uint8Array[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    if (response.statusCode !== status) throw new Error(`Cannot post "${path}": ${response.statusCode} ${text}`);
    return text;
  }
}
