import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { openEngine, parseEngineAddress } from "../../../src/docker/mod.ts";
import { certificateOptions, makeCertificates } from "../../fakes/certificates.ts";
import { version20 } from "../fake_daemon.ts";

const options = certificateOptions;

let folder = "";
let port = 0;
let users: string[] = [];
let server: Server | undefined;

/** Not node:https, whose connections in Bun do not tell the client's certificate. */
function answerOnce(socket: TLSSocket): void {
  socket.on("error", () => undefined); // A client that refuses the certificate goes away.
  socket.once("data", () => {
    users.push(socket.authorized ? "client" : "nobody");
    const body = JSON.stringify({ ...version20, Name: "over TLS" });
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  });
}

before(async () => {
  if ("skip" in options) return;
  folder = mkdtempSync(join(tmpdir(), "tls-"));
  makeCertificates(folder);
  // By the names that Docker's own client gives them.
  copyFileSync(join(folder, "client.pem"), join(folder, "cert.pem"));
  copyFileSync(join(folder, "client-key.pem"), join(folder, "key.pem"));
  const read = (name: string) => readFileSync(join(folder, name));
  const tls = { ca: read("ca.pem"), cert: read("server.pem"), key: read("server-key.pem"), requestCert: true };
  server = createServer({ ...tls, rejectUnauthorized: false }, answerOnce);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  if (bound !== null && typeof bound === "object") port = bound.port;
});

after(async () => {
  if (server === undefined) return;
  await new Promise((resolve) => server?.close(resolve));
  rmSync(folder, { recursive: true });
});

test("calls over TLS check the daemon and show the client's certificate", options, async () => {
  users = [];
  await using engine = openEngine(parseEngineAddress(`tcp://127.0.0.1:${port}`, { verify: "1", certPath: folder }));
  assert.equal((await engine.info()).Name, "over TLS");
  assert.deepEqual(users, ["client", "client"]);
});

test("calls over TLS refuse a daemon whose authority is not known", options, async () => {
  users = [];
  await using engine = openEngine(parseEngineAddress(`https://127.0.0.1:${port}`));
  await assert.rejects(engine.info(), {
    code: "failed",
    retryable: false,
    message: /^Cannot reach the Docker daemon at "https:\/\/127\.0\.0\.1:\d+": .*certificate/,
  });
  assert.deepEqual(users, []);
});

test(
  "calls over TLS take any daemon when DOCKER_TLS_VERIFY is not set, as Docker's own client does",
  options,
  async () => {
    users = [];
    await using engine = openEngine({ kind: "tcp", host: "127.0.0.1", port, tls: { check: "none" } });
    assert.equal((await engine.info()).Name, "over TLS");
    assert.deepEqual(users, ["nobody", "nobody"]);
  },
);

test("calls over TLS name the file of certificates that is missing", options, async () => {
  const address = parseEngineAddress(`tcp://127.0.0.1:${port}`, { verify: "1", certPath: join(folder, "none") });
  await using engine = openEngine(address);
  await assert.rejects(engine.info(), { code: "failed", message: /ENOENT.*none\/(ca|cert|key)\.pem/ });
});

test("calls without TLS to a daemon with TLS fail with a reason", options, async () => {
  await using engine = openEngine({ kind: "tcp", host: "127.0.0.1", port });
  await assert.rejects(engine.info(), { name: "EngineError" });
});
