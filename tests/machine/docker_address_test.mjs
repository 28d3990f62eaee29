import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { askDocker, readDockerAddress } from "./docker_address.mjs";

const rows = [
  [{}, { kind: "unix", path: "/var/run/docker.sock" }],
  [{ DOCKER_HOST: "" }, { kind: "unix", path: "/var/run/docker.sock" }],
  [{ DOCKER_HOST: "unix:///tmp/a b/docker.sock" }, { kind: "unix", path: "/tmp/a b/docker.sock" }],
  [{ DOCKER_HOST: "/tmp/docker.sock" }, { kind: "unix", path: "/tmp/docker.sock" }],
  [{ DOCKER_HOST: "tcp://10.0.0.1:2375" }, { kind: "tcp", host: "10.0.0.1", port: 2375, certificates: undefined }],
  [{ DOCKER_HOST: "tcp://h" }, { kind: "tcp", host: "h", port: 2375, certificates: undefined }],
  [{ DOCKER_HOST: "tcp://[::1]:99/" }, { kind: "tcp", host: "::1", port: 99, certificates: undefined }],
  [
    { DOCKER_HOST: "tcp://h", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/c" },
    { kind: "tcp", host: "h", port: 2376, certificates: "/c" },
  ],
  [
    { DOCKER_HOST: "https://h", HOME: "/root" },
    { kind: "tcp", host: "h", port: 2376, certificates: "/root/.docker" },
  ],
  [{ DOCKER_HOST: "ssh://h" }, { kind: "unknown" }],
  [{ DOCKER_HOST: "unix://relative" }, { kind: "unknown" }],
  [{ DOCKER_HOST: "tcp://" }, { kind: "unknown" }],
];

for (const [env, expected] of rows) {
  test(`readDockerAddress() reads ${JSON.stringify(env)}`, () => {
    const { text, ...address } = readDockerAddress(env);
    assert.deepEqual(address, expected);
    assert.ok(text.length > 0);
  });
}

/** Listens with `server` on a socket of its own and asks there. */
async function askAt(t, server) {
  const folder = mkdtempSync(join(tmpdir(), "mesos-docker-address-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "docker.sock");
  if (server !== undefined) {
    await new Promise((resolve) => server.listen(path, resolve));
    t.after(() => server.close());
  }
  return await askDocker({ kind: "unix", path });
}

test("askDocker() gives the daemon's answer", async (t) => {
  const server = http.createServer((request, response) => response.end(`asked for ${request.url}`));
  assert.deepEqual(await askAt(t, server), { kind: "answers", body: "asked for /_ping" });
});

test("askDocker() tells a socket that nobody serves from a server that refuses", async (t) => {
  assert.equal((await askAt(t)).kind, "absent");
  const server = http.createServer((_, response) => response.writeHead(503).end());
  const answer = await askAt(t, server);
  assert.equal(answer.kind, "silent");
  assert.match(answer.reason, /status 503/);
});

test("askDocker() takes a server that hangs up for one that is there", async (t) => {
  const answer = await askAt(
    t,
    net.createServer((socket) => socket.once("data", () => socket.destroy())),
  );
  assert.equal(answer.kind, "silent");
});

test("askDocker() does not try what it does not understand", async () => {
  assert.equal((await askDocker(readDockerAddress({ DOCKER_HOST: "ssh://h" }))).kind, "unknown");
});
