// What a daemon or a host refuses ends in a status that says why, with no container left.
import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import http from "node:http";
import { createServer, type Server } from "node:net";
import { TaskStatus_Reason } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { openEmptyRegistry } from "./fake_registry.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";
import type { TestTask } from "./test_task.ts";

/** Launches one task, which has to end with TASK_FAILED before it runs, and gives its message. */
async function refuse(cluster: TestCluster, task: Partial<TestTask>): Promise<string> {
  cluster.launch("refused", { shell: "true", ...task });
  const end = await cluster.book.end("refused");
  assert.deepEqual(cluster.book.states("refused"), ["TASK_STARTING", "TASK_FAILED"]);
  assert.equal(end.reason, TaskStatus_Reason.CONTAINER_LAUNCH_FAILED);
  assert.doesNotMatch(end.message, /\n|\[object|undefined/);
  assert.deepEqual((await cluster.book.exit("refused")).exit, { kind: "code", code: 0 });
  assert.equal(await cluster.sandboxText("refused", "stdout"), "");
  return end.message;
}

function listen(server: Server, where: { path: string } | { port: number; host: string }): Promise<AsyncDisposable> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => resolve({ [Symbol.asyncDispose]: () => close(server) }));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

testOnDocker("an image that the registry does not have", async (bench) => {
  await using registry = await openEmptyRegistry();
  await using cluster = await openTestCluster(bench);
  const message = await refuse(cluster, { image: registry.image });
  assert.ok(message.includes(`Cannot get image "${registry.image}"`), message);
  assert.match(message, /no such manifest here/);
});

testOnDocker("an image whose registry is not there", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const message = await refuse(cluster, { image: "127.0.0.1:1/nothing:1" });
  assert.match(message, /^Cannot get image "127\.0\.0\.1:1\/nothing:1": .*connection refused/);
});

testOnDocker("an image whose name is none", async (bench) => {
  await using cluster = await openTestCluster(bench);
  assert.match(await refuse(cluster, { image: "Not A Name" }), /"Not A Name".*invalid reference format/);
});

testOnDocker("a program that the image does not have, and one that cannot be executed", async (bench) => {
  await using cluster = await openTestCluster(bench);
  assert.match(await refuse(cluster, { command: ["/no/such/program"] }), /"\/no\/such\/program".*no such file/);
  await using another = await openTestCluster(bench);
  assert.match(await refuse(another, { command: ["/etc/passwd"] }), /"\/etc\/passwd".*permission denied/);
});

testOnDocker("a port of the host that somebody listens on", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const [hostPort = 0] = cluster.ports;
  await using _listener = await listen(createServer(), { port: hostPort, host: "0.0.0.0" });
  const message = await refuse(cluster, { network: "bridge", ports: [{ hostPort, containerPort: 80 }] });
  assert.match(message, new RegExp(`${hostPort}.*(address already in use|port is already allocated)`));
});

testOnDocker("a network that the daemon does not have", async (bench) => {
  await using cluster = await openTestCluster(bench);
  assert.match(await refuse(cluster, { network: { name: "no-such-net" } }), /network no-such-net not found/);
});

/** What listens on a socket and is no daemon, and how the executor puts that. */
const strangers: Readonly<Record<string, { server: Server; says: RegExp }>> = {
  "a web server": { server: http.createServer((_request, response) => response.end("hello")), says: /something other/ },
  "something that does not speak HTTP": {
    server: createServer((socket) => socket.resume().end("SSH-2.0-OpenSSH_9.2\r\n")),
    says: /something other|closed the connection/,
  },
  "something that closes every connection": {
    server: createServer((socket) => socket.destroy()),
    says: /closed the connection|connection was closed/,
  },
};

for (const [name, { server, says }] of Object.entries(strangers)) {
  testOnDocker(`${name} in the daemon's place`, async (bench) => {
    await using cluster = await openTestCluster(bench);
    const path = cluster.folder("stranger.sock");
    await using _stranger = await listen(server, { path });
    const message = await refuse(cluster, { environment: { DOCKER_HOST: `unix://${path}` } });
    assert.ok(message.includes(`the Docker daemon at "unix://${path}"`), message);
    assert.match(message, says);
  });
}

testOnDocker("a daemon whose socket is not there", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const path = cluster.folder("missing.sock");
  const environment = { DOCKER_HOST: `unix://${path}`, MESOS_DOCKER_DAEMON_PATIENCE: "1secs" };
  const message = await refuse(cluster, { environment });
  assert.equal(message, `Cannot reach the Docker daemon at "unix://${path}": no such socket; is dockerd running?`);
});

testOnDocker(
  "a daemon that the executor's user may not talk to",
  async (bench) => {
    await using cluster = await openTestCluster(bench);
    const path = cluster.folder("forbidden.sock");
    await using _daemon = await listen(createServer(), { path });
    await chmod(path, 0o600);
    const message = await refuse(cluster, { user: "nobody", environment: { DOCKER_HOST: `unix://${path}` } });
    assert.ok(
      message.startsWith(`Cannot reach the Docker daemon at "unix://${path}": permission denied to uid`),
      message,
    );
    assert.match(message, /\(nobody\); the socket belongs to root:root with mode 600/);
  },
  { needs: "root" },
);
