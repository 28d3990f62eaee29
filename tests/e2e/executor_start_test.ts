// The executor as a process, before any task: what it says when its agent is not what it should be.
import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { testOnBinary } from "./cases.ts";
import { RunningCommand, runCommand } from "./command.ts";
import { eventually } from "./eventually.ts";

/** What an agent tells the executor that it starts. */
function agentVariables(port: number): Record<string, string> {
  return {
    MESOS_FRAMEWORK_ID: "f",
    MESOS_EXECUTOR_ID: "e",
    MESOS_SLAVE_ID: "S0",
    MESOS_SLAVE_PID: `slave(1)@127.0.0.1:${port}`,
    MESOS_DIRECTORY: "/tmp",
    MESOS_CHECKPOINT: "0",
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: "5secs",
  };
}

/** A server in the place of an agent. */
async function listen(answer: RequestListener): Promise<{ port: number } & AsyncDisposable> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

testOnBinary("every fault of the agent's environment is named in one line", async (binary) => {
  const env = {
    ...agentVariables(5051),
    MESOS_FRAMEWORK_ID: "",
    MESOS_SLAVE_ID: undefined,
    MESOS_SLAVE_PID: "nowhere",
    MESOS_DIRECTORY: "relative",
    MESOS_CHECKPOINT: "1",
    MESOS_RECOVERY_TIMEOUT: "5 s",
  };
  const { end, stdout, stderr } = await runCommand([binary], { env });
  assert.equal(end, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^mesos-docker: Cannot read the agent's environment: [^\n]+\n$/);
  for (const fault of [
    "MESOS_FRAMEWORK_ID is empty",
    "MESOS_SLAVE_ID is missing",
    'MESOS_SLAVE_PID is "nowhere"',
    'MESOS_DIRECTORY is "relative"',
    'MESOS_RECOVERY_TIMEOUT is "5 s"',
    "MESOS_SUBSCRIPTION_BACKOFF_MAX is missing",
  ]) {
    assert.ok(stderr.includes(fault), `${fault}: ${stderr}`);
  }
});

testOnBinary("a setting that cannot be meant ends the executor with a line that names it", async (binary) => {
  const settings = {
    MESOS_DOCKER_LOG: "loud",
    MESOS_DOCKER_LOG_FORMAT: "yaml",
    DOCKER_HOST: "ftp://here",
    MESOS_DOCKER_STATE: "here",
  };
  for (const [name, value] of Object.entries(settings)) {
    const { end, stderr } = await runCommand([binary], { env: { ...agentVariables(1), [name]: value } });
    assert.ok(end === 1 || end === 2, `exit code ${end}`);
    assert.match(stderr, /^mesos-docker: [^\n]+\n$/);
    assert.ok(stderr.includes(`"${value}"`), stderr);
  }
});

testOnBinary("an agent that does not listen is tried again until SIGTERM", async (binary) => {
  const listener = await listen(() => undefined);
  const { port } = listener;
  await listener[Symbol.asyncDispose]();
  await using executor = new RunningCommand([binary], { env: agentVariables(port) });
  await eventually("two attempts", () => executor.stderr.split("\n").length > 2);
  executor.interrupt("SIGTERM");
  const { end, stdout, stderr } = await executor.result;
  assert.equal(end, 0);
  assert.equal(stdout, "");
  for (const line of stderr.trimEnd().split("\n")) {
    assert.match(line, /^mesos-docker: warn: (agent is away, trying again error=".*"|asked to end signal=SIGTERM)/);
  }
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
});

for (const [status, body] of [
  [400, "Framework cannot be found"],
  [401, ""],
  [403, "not yours"],
] as const) {
  testOnBinary(`an agent that answers SUBSCRIBE with ${status} is the end of the executor`, async (binary) => {
    await using agent = await listen((_request, response) => response.writeHead(status).end(body));
    const { end, stdout, stderr } = await runCommand([binary], { env: agentVariables(agent.port) });
    assert.equal(end, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^mesos-docker: error: the agent is lost [^\n]+\n$/);
    assert.ok(stderr.includes(`${status}`) && stderr.includes(body), stderr);
  });
}

testOnBinary("what is no agent is told of, and tried again until SIGTERM", async (binary) => {
  await using web = await listen((_request, response) =>
    response.writeHead(200, { "Content-Type": "text/html" }).end("<p>hello"),
  );
  await using executor = new RunningCommand([binary], { env: agentVariables(web.port) });
  const says =
    'agent is away, trying again error="Cannot subscribe: expected a stream of application/x-protobuf, found';
  await eventually("an attempt", () => executor.stderr.includes(`${says} text/html"`));
  executor.interrupt("SIGTERM");
  assert.equal((await executor.result).end, 0);
});
