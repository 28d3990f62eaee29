import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  type EngineAddress,
  type EngineErrorCode,
  formatEngineAddress,
  openEngine,
  parseEngineAddress,
} from "../../../src/docker/mod.ts";
import { answerJson, listen, startFakeDaemon, version20 } from "../fake_daemon.ts";

async function assertUnreachable(address: EngineAddress, code: EngineErrorCode, found: RegExp): Promise<void> {
  await using engine = openEngine(address);
  await assert.rejects(engine.info(), (error) => {
    assert.ok(error instanceof Error);
    assert.equal("code" in error && error.code, code, error.message);
    assert.ok(error.message.includes(`the Docker daemon at "${formatEngineAddress(address)}": `), error.message);
    assert.match(error.message, found);
    return true;
  });
}

async function openFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "transport-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("calls say what is wrong with a socket that nobody serves", async () => {
  await using folder = await openFolder();
  const file = join(folder.path, "file");
  await writeFile(file, "");
  await assertUnreachable(
    { kind: "unix", path: join(folder.path, "none") },
    "absent",
    /: no such socket; is dockerd running\?$/,
  );
  await assertUnreachable(
    { kind: "unix", path: join(file, "below") },
    "absent",
    /: no such socket; is dockerd running\?$/,
  );
  await assertUnreachable({ kind: "unix", path: file }, "absent", /: the file is not a socket$/);
});

test("calls say that nobody listens on a socket that a dead daemon left", async () => {
  await using folder = await openFolder();
  const left = join(folder.path, "left.sock");
  {
    await using server = await listen(createServer());
    assert.ok(server.address.kind === "unix");
    await rename(server.address.path, left); // A server takes only its own name with it.
  }
  await assertUnreachable(
    { kind: "unix", path: left },
    "absent",
    /: nobody listens on the socket; is dockerd running\?$/,
  );
});

test("calls say that a host refuses, or is not known", async () => {
  await assertUnreachable(
    { kind: "tcp", host: "127.0.0.1", port: 1 },
    "absent",
    /: connection refused; does dockerd listen there\?$/,
  );
  await assertUnreachable(
    { kind: "tcp", host: "nowhere.invalid", port: 1 },
    "absent",
    /: the name of the host is not known$/,
  );
});

test("calls say that something else than a daemon answers", async () => {
  const banner = (socket: Socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n");
  await using ssh = await listen(createServer(banner));
  await assertUnreachable(ssh.address, "unsupported", /: something other than a Docker daemon answers \(/);
  for (const [status, body] of [
    [200, "<html>hello</html>"],
    [200, '{"status":"ok"}'],
    [404, "not here"],
  ] as const) {
    await using web = await listen(createHttpServer((_, response) => response.writeHead(status).end(body)));
    await assertUnreachable(web.address, "unsupported", /: something other than a Docker daemon answers \(/);
  }
});

test("a call says that it may have been carried out when the connection was closed before the answer", async () => {
  await using daemon = await startFakeDaemon((request) => request.message.socket.destroy());
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.startContainer("c1"), {
    code: "failed",
    retryable: true,
    message: 'Cannot start container "c1": the Docker daemon closed the connection before it answered',
  });
});

// docker-modem itself would follow, and end the process by an error that nobody can catch.
test("redirects are not followed", async () => {
  let followed = 0;
  const goal = createHttpServer(() => followed++);
  await new Promise<void>((resolve) => goal.listen(0, "127.0.0.1", resolve));
  const bound = goal.address();
  assert.ok(bound !== null && typeof bound === "object");
  const locations = [
    `http://127.0.0.1:${bound.port}/x`,
    "http://127.0.0.1:1/x",
    "ftp://127.0.0.1:1/x",
    "nonsense://",
    "/info",
  ];
  for (const location of locations) {
    await using web = await listen(createHttpServer((_, response) => response.writeHead(302, { location }).end()));
    await assertUnreachable(
      web.address,
      "unsupported",
      /: something other than a Docker daemon answers \(status 302\)$/,
    );
  }
  await new Promise((resolve) => goal.close(resolve));
  assert.equal(followed, 0);
});

test("docker-modem takes nothing from the environment", async () => {
  await using daemon = await startFakeDaemon((_request, response) => answerJson(response, 200, { Name: "fake" }));
  const before = { ...process.env };
  Object.assign(process.env, { DOCKER_HOST: "tcp://127.0.0.1:1", DOCKER_TLS_VERIFY: "1", DOCKER_CLIENT_TIMEOUT: "1" });
  try {
    await using engine = openEngine(daemon.address);
    assert.equal((await engine.info()).Name, "fake");
  } finally {
    for (const name of ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CLIENT_TIMEOUT"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
});

test("calls reach a daemon over TCP, by IPv4 and IPv6", async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    const server = createHttpServer((_, response) => answerJson(response, 200, { ...version20, Name: "fake" }));
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const bound = server.address();
    assert.ok(bound !== null && typeof bound === "object");
    const text = `tcp://${host === "::1" ? "[::1]" : host}:${bound.port}`;
    await using engine = openEngine(parseEngineAddress(text));
    assert.equal((await engine.info()).Name, "fake", text);
    await new Promise((resolve) => server.close(resolve));
  }
});
