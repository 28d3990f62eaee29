import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { parseEngineAddress } from "../../src/docker/mod.ts";
import { type CommandOptions, RunningCommand } from "./command.ts";
import { eventually } from "./eventually.ts";

/** The compiled program serving a registry on a port of its own. */
export interface ServedRegistry extends AsyncDisposable {
  readonly host: string;
  readonly command: RunningCommand;
}

export async function serveRegistry(
  binary: string,
  args: readonly string[],
  env: CommandOptions["env"] = {},
): Promise<ServedRegistry> {
  return await serveBy([binary, "registry", "serve", "--listen", "127.0.0.1:0", ...args], env);
}

/** A registry that a command of these words serves. */
export async function serveBy(words: readonly string[], env: CommandOptions["env"] = {}): Promise<ServedRegistry> {
  await using opened = new AsyncDisposableStack();
  const command = opened.use(new RunningCommand(words, { env }));
  const host = await eventually("the registry's address", () => {
    if (!command.isRunning) throw new Error(`Cannot serve: ${command.stderr}`);
    return /registry at https?:\/\/(\S+), /.exec(command.stdout)?.[1];
  });
  const held = opened.move();
  const end = async () => {
    await using _held = held;
    if (command.isRunning) command.interrupt("SIGTERM");
    assert.equal((await command.result).end, 0);
  };
  return { host, command, [Symbol.asyncDispose]: end };
}

/** A folder that goes with its scope. */
export async function openStoreFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "mesos-docker-registry-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Has the daemon push an image; gives the digest that it tells of. Throws what the daemon says went wrong. */
export async function pushFromDaemon(reference: string): Promise<string> {
  const address = parseEngineAddress(process.env.DOCKER_HOST);
  const target = address.kind === "unix" ? { socketPath: address.path } : { host: address.host, port: address.port };
  const at = reference.lastIndexOf(":");
  const path = `/images/${reference.slice(0, at)}/push?tag=${reference.slice(at + 1)}`;
  const headers = { "X-Registry-Auth": Buffer.from("{}").toString("base64") };
  const { promise, resolve, reject } = Promise.withResolvers<import("node:http").IncomingMessage>();
  request({ ...target, method: "POST", path, headers, agent: false })
    .on("response", resolve)
    .on("error", reject)
    .end();
  const said = await text(await promise);
  // Where containerd keeps the images, it is told in words only.
  const digest = /(?:"Digest":"| digest: )(sha256:[0-9a-f]{64})/.exec(said)?.[1];
  if (digest === undefined) throw new Error(`Cannot push "${reference}": ${said}`);
  return digest;
}
