// What tests need of a daemon and the product never asks of it: networks, volumes, images of a test's own.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { request } from "node:http";
import process from "node:process";
import { json, text } from "node:stream/consumers";
import { parseEngineAddress } from "../../src/docker/mod.ts";

/** Asks the daemon, at DOCKER_HOST or at its usual socket; gives the answer's JSON, undefined for an empty one. */
export async function askDaemon(method: string, path: string, body?: object): Promise<unknown> {
  const address = parseEngineAddress(process.env.DOCKER_HOST);
  const target = address.kind === "unix" ? { socketPath: address.path } : { host: address.host, port: address.port };
  const content = body === undefined ? "" : JSON.stringify(body);
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(content) };
  const { promise, resolve, reject } = Promise.withResolvers<import("node:http").IncomingMessage>();
  request({ ...target, method, path, headers, agent: false })
    .on("response", resolve)
    .on("error", reject)
    .end(content);
  const response = await promise;
  const { statusCode = 0 } = response;
  if (statusCode >= 400) throw new Error(`Cannot ${method} "${path}": ${statusCode} ${await text(response)}`);
  if (statusCode === 204) return void response.resume();
  return await json(response);
}

/** Something in the daemon that goes with its scope. */
export interface DaemonThing extends AsyncDisposable {
  readonly name: string;
}

/** A network of a test's own. Its addresses lie in 10.213.<n>.0/24, of which no other network of this host has any. */
export async function openNetwork(): Promise<DaemonThing & { toAddress: (last: number) => string }> {
  const name = `mesos-docker-test-${randomUUID()}`;
  const block = `10.213.${process.pid % 256}`;
  const IPAM = { Config: [{ Subnet: `${block}.0/24` }] };
  await askDaemon("POST", "/networks/create", { Name: name, IPAM });
  const remove = async () => void (await askDaemon("DELETE", `/networks/${name}`));
  return { name, toAddress: (last) => `${block}.${last}`, [Symbol.asyncDispose]: remove };
}

/** A name for a volume, which is removed at the end; whoever uses it makes it. */
export function reserveVolume(): DaemonThing {
  const name = `mesos-docker-test-${randomUUID()}`;
  const remove = async () => void (await askDaemon("DELETE", `/volumes/${name}`));
  return { name, [Symbol.asyncDispose]: remove };
}

/** An image over another one, with one line of a Dockerfile more. */
export async function openImage(image: string, change: string): Promise<DaemonThing> {
  const name = `mesos-docker-test:${randomUUID()}`;
  const { Id } = (await askDaemon("POST", "/containers/create", { Image: image })) as { Id: string };
  try {
    const query = new URLSearchParams({ container: Id, repo: name.split(":")[0] ?? "", tag: name.split(":")[1] ?? "" });
    query.set("changes", change);
    await askDaemon("POST", `/commit?${query}`, {});
  } finally {
    await askDaemon("DELETE", `/containers/${Id}?force=1`);
  }
  const remove = async () => void assert.ok(await askDaemon("DELETE", `/images/${name}`));
  return { name, [Symbol.asyncDispose]: remove };
}
