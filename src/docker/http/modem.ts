// All that is heavy to load, and all that docker-modem must be kept from. Loaded by the first call only.
import type { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { join } from "node:path";
import { inspect } from "node:util";
import DockerModem from "docker-modem";
import followers from "docker-modem/lib/http.js";
import type { EngineAddress } from "../engine_address.ts";

// docker-modem follows redirects with a request of its own that has neither signal nor error handler: one stray 302
// ends the process. The Engine API has no redirects, so the plain requests of the platform take their place.
const redirecting = followers as unknown as { http: { request: unknown }; https: { request: unknown } };
redirecting.http.request = hidingOptions(toHost(httpRequest));
redirecting.https.request = hidingOptions(toHost(httpsRequest));

/**
 * Daemons that are talked to over TCP, by the agents of their requests. docker-modem would put their addresses together with
 * `url.parse`, at which Node's runtime writes a warning to stderr, which is a container's.
 */
const hosts = new WeakMap<object, { host: string; port: number }>();

/** A docker-modem for this address; rejects when a file of the certificates cannot be read. */
export async function openModem(address: EngineAddress): Promise<DockerModem> {
  const tls = address.kind === "tcp" ? address.tls : undefined;
  const files = tls?.certPath === undefined ? undefined : await readCertificates(tls.certPath);
  // One connection per call: a kept one may be dead after a restart of the daemon, and saves only 0.2 ms.
  const agent =
    tls === undefined
      ? new HttpAgent({ keepAlive: false })
      : new HttpsAgent({ keepAlive: false, rejectUnauthorized: tls.check === "authority" });
  if (address.kind === "tcp") hosts.set(agent, address);
  // All that docker-modem would otherwise take from DOCKER_* of the environment is named here. Its constructor reads
  // those variables nevertheless, and throws when they are malformed or name certificates that are not there.
  return new DockerModem({
    // Over TCP it is not used: see `hosts`.
    socketPath: address.kind === "unix" ? address.path : "tcp",
    host: undefined,
    port: undefined,
    protocol: tls === undefined ? "http" : "https",
    ca: files?.ca,
    cert: files?.cert,
    key: files?.key,
    timeout: undefined,
    username: undefined,
    // Under Deno, docker-modem's types know another node:http than we do.
    agent: agent as unknown as DockerModem.ConstructorOptions["agent"],
  });
}

/**
 * docker-modem has every request's options printed in full for its debug log, also when that is off, right after it has
 * made the request. Measured: a tenth of a call's CPU time, and 0.6 ms (Bun) to 2 ms (Deno) when the agent among them
 * has an open socket.
 */
function hidingOptions(request: typeof httpRequest): typeof httpRequest {
  return ((options: object, listener: () => void) => {
    Object.defineProperty(options, inspect.custom, { value: () => "…" });
    return request(options, listener);
  }) as typeof httpRequest;
}

/** A request that goes to where its agent belongs. */
function toHost(request: typeof httpRequest): typeof httpRequest {
  return (({ socketPath, ...options }: RequestOptions, listener: () => void) => {
    const place = options.agent ? hosts.get(options.agent as object) : undefined;
    return request(
      place ? { ...options, hostname: place.host, port: place.port } : { ...options, socketPath },
      listener,
    );
  }) as typeof httpRequest;
}

async function readCertificates(folder: string): Promise<{ ca: Buffer; cert: Buffer; key: Buffer }> {
  const [ca, cert, key] = await Promise.all([
    readFile(join(folder, "ca.pem")),
    readFile(join(folder, "cert.pem")),
    readFile(join(folder, "key.pem")),
  ]);
  return { ca, cert, key };
}
