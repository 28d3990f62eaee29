// Contract, cases 62 to 67: checks in the network namespace of containers, and commands in them.
import assert from "node:assert/strict";
import type { TaskStatus } from "../../src/mesos/protocol.ts";
import {
  CheckInfo_Type,
  HealthCheck_Type,
  NetworkInfo_Protocol,
  TaskState,
  TaskStatus_Reason,
} from "../../src/mesos/protocol.ts";
import { findMarked } from "../../src/runtime/marked_processes.ts";
import { testOnDocker } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";

const healthUpdated = TaskStatus_Reason.TASK_HEALTH_CHECK_STATUS_UPDATED;

const soon = { delaySeconds: 0, intervalSeconds: 0.2 };

/** A server on port 80 of the container's loopback alone; it answers by what lies in the sandbox. */
const server = "mkdir -p /tmp/www && cd /tmp/www && httpd -f -p 127.0.0.1:80 -h /mnt/mesos/sandbox";

/** Healths that were told, in order. */
function healths(cluster: TestCluster, taskId: string): boolean[] {
  const told = cluster.book.statuses(taskId).filter(({ reason }) => reason === healthUpdated);
  return told.map(({ healthy }) => healthy ?? false);
}

/** Results of a check that were told, in order. */
function results(cluster: TestCluster, taskId: string): TaskStatus["checkStatus"][] {
  const told = cluster.book
    .statuses(taskId)
    .filter(({ reason }) => reason === TaskStatus_Reason.TASK_CHECK_STATUS_UPDATED);
  return told.map(({ checkStatus }) => checkStatus);
}

async function told(cluster: TestCluster, taskId: string, count: number): Promise<boolean[]> {
  await eventually(`${count} healths of ${taskId}`, () => healths(cluster, taskId).length >= count);
  return healths(cluster, taskId).slice(0, count);
}

testOnDocker(
  "an HTTP health check asks the container's own loopback, and kills after failures in a row",
  async (bench) => {
    await using cluster = await openTestCluster(bench);
    const http = { port: 80, path: "/page" };
    const healthCheck = { type: HealthCheck_Type.HTTP, http, ...soon, gracePeriodSeconds: 30, consecutiveFailures: 2 };
    const first = await cluster.run("web", { shell: server, network: "bridge", graceMs: 0, info: { healthCheck } });
    const [address] = Object.values(first.NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    await cluster.writeSandbox("web", "page");
    assert.deepEqual(await told(cluster, "web", 1), [true], "failures in the grace period are not told");
    const { rm } = await import("node:fs/promises");
    await rm(cluster.sandboxPath("web", "page"));
    const end = await cluster.book.end("web");
    assert.deepEqual(healths(cluster, "web"), [true, false, false]);
    assert.equal(end.state, TaskState.TASK_KILLED);
    assert.equal(end.healthy, false);
    assert.match(end.message ?? "", /killed because its health check failed: the answer had status 404$/);
    const healthy = cluster.book.statuses("web").find((status) => status.healthy);
    assert.equal(healthy?.containerStatus?.networkInfos[0]?.ipAddresses[0]?.ipAddress, address, "the rest is repeated");
    assert.equal(cluster.book.states("web").filter((state) => state === "TASK_KILLING").length, 1);
  },
);

for (const protocol of ["IPv4", "IPv6"] as const) {
  testOnDocker(`a TCP health check connects by ${protocol} in a container without network`, async (bench) => {
    await using cluster = await openTestCluster(bench);
    const host = protocol === "IPv4" ? "127.0.0.1" : "[::1]";
    const tcp = { port: 7000, protocol: NetworkInfo_Protocol[protocol] };
    const healthCheck = { type: HealthCheck_Type.TCP, tcp, ...soon, gracePeriodSeconds: 0, consecutiveFailures: 100 };
    const sysctl = { key: "sysctl", value: "net.ipv6.conf.all.disable_ipv6=0" };
    const shell = `while [ ! -e /mnt/mesos/sandbox/go ]; do sleep 0.1; done; exec httpd -f -p '${host}:7000'`;
    await cluster.run("tcp", { shell, graceMs: 0, parameters: [sysctl], info: { healthCheck } });
    assert.deepEqual(await told(cluster, "tcp", 1), [false]);
    await cluster.writeSandbox("tcp", "go");
    await eventually("a success", () => healths(cluster, "tcp").at(-1));
    cluster.kill("tcp", 0);
    await cluster.book.end("tcp");
  });
}

testOnDocker("a check of a container in the host's network finds the host's servers", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const { port } = cluster.agent.endpoint;
  const healthCheck = { type: HealthCheck_Type.TCP, tcp: { port }, ...soon };
  await cluster.run("host", { shell: "sleep 100", network: "host", graceMs: 0, info: { healthCheck } });
  assert.deepEqual(await told(cluster, "host", 1), [true]);
  cluster.kill("host", 0);
  await cluster.book.end("host");
});

testOnDocker("a command that takes too long is a failure, and leaves no process", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const command = {
    value: "(setsid sleep 1000 &) ; sleep 1000",
    environment: { variables: [{ name: "MARK", value: "check-e2e" }] },
  };
  const timing = { ...soon, timeoutSeconds: 0.5, gracePeriodSeconds: 0, consecutiveFailures: 3 };
  const healthCheck = { type: HealthCheck_Type.COMMAND, command, ...timing };
  cluster.launch("slow", {
    shell: "trap 'sleep 3; exit 0' TERM; while :; do sleep 0.1; done",
    graceMs: 10_000,
    info: { healthCheck },
  });
  assert.deepEqual(await told(cluster, "slow", 1), [false]);
  const { message } = cluster.book.statuses("slow").find(({ reason }) => reason === healthUpdated) ?? {};
  assert.equal(message, "Health check failed: it took longer than 0.5 s");
  const end = await cluster.book.end("slow");
  assert.equal(end.healthy, false);
  await eventually("the end of what the command had started", () => findMarked("MARK=check-e2e").length === 0);
});

testOnDocker("a command check tells each change of its exit code, beside a health check", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const look = {
    value: "test -e /mnt/mesos/sandbox/ready || exit $CODE",
    environment: { variables: [{ name: "CODE", value: "7" }] },
  };
  const check = { type: CheckInfo_Type.COMMAND, command: { command: look }, ...soon };
  const healthCheck = { type: HealthCheck_Type.COMMAND, command: { shell: false, value: "true" }, ...soon };
  await cluster.run("both", { shell: "sleep 100", graceMs: 0, info: { check, healthCheck } });
  await eventually("the first result", () => results(cluster, "both").length === 1);
  await told(cluster, "both", 1);
  await cluster.writeSandbox("both", "ready");
  await eventually("the second result", () => results(cluster, "both").length === 2);
  assert.deepEqual(
    results(cluster, "both").map((result) => result?.command?.exitCode),
    [7, 0],
  );
  const { TASK_STARTING, TASK_RUNNING } = TaskState;
  for (const state of [TASK_STARTING, TASK_RUNNING]) {
    const first = cluster.book.statuses("both").find((status) => status.state === state);
    assert.equal(first?.checkStatus?.type, CheckInfo_Type.COMMAND, "the type is told before there is a result");
  }
  const running = cluster.book.statuses("both").find(({ state }) => state === TASK_RUNNING);
  assert.equal(Object.hasOwn(running?.checkStatus?.command ?? {}, "exitCode"), false);
  cluster.kill("both", 0);
  const end = await cluster.book.end("both");
  assert.equal(end.checkStatus?.command?.exitCode, 0, "the last result is told to the end");
});

testOnDocker("checks pause while the agent is away, and go on at once when it is back", async (bench) => {
  await using cluster = await openTestCluster(bench, { checkpoint: true });
  const check = {
    type: CheckInfo_Type.COMMAND,
    command: { command: { value: "date >> /tmp/checks; exit 1" } },
    delaySeconds: 0,
    intervalSeconds: 1000,
  };
  await cluster.run("task", { shell: "sleep 100", graceMs: 0, info: { check } });
  await eventually("the first result", () => results(cluster, "task").length === 1);
  await cluster.agent.restart({ downMs: 300 });
  const count = async () => {
    const { exec } = await runInside(bench, await cluster.container("task"));
    return exec;
  };
  await eventually("a second probe", async () => (await count()) === 2);
  await eventually("the agent's recovery", () => cluster.agent.stage === "running");
  cluster.kill("task", 0);
  await cluster.book.end("task");
});

/** How many probes a container has counted. */
async function runInside({ engine }: Parameters<Parameters<typeof testOnDocker>[1]>[0], { Id }: { Id: string }) {
  const exec = await engine.createExec(Id, { argv: ["sh", "-c", "wc -l < /tmp/checks"] });
  let text = "";
  for await (const { bytes } of await engine.openExec(exec)) text += new TextDecoder().decode(bytes);
  return { exec: Number(text) };
}

testOnDocker("the HEALTHCHECK of a container is told, and kills when the task asks for that", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const parameters = [
    { key: "health-cmd", value: "test -e /mnt/mesos/sandbox/well" },
    { key: "health-interval", value: "300ms" },
    { key: "health-retries", value: "1" },
  ];
  const shell = "touch /mnt/mesos/sandbox/well; sleep 100";
  await cluster.run("report", { shell, graceMs: 0, parameters, document: { healthcheck: "report" } });
  await cluster.run("kill", { shell, graceMs: 0, parameters, document: { healthcheck: "kill" } });
  await cluster.run("off", { shell, graceMs: 0, parameters });
  const { rm } = await import("node:fs/promises");
  for (const taskId of ["report", "kill"]) {
    assert.deepEqual(await told(cluster, taskId, 1), [true]);
    await rm(cluster.sandboxPath(taskId, "well"));
    assert.deepEqual(await told(cluster, taskId, 2), [true, false]);
  }
  assert.equal((await cluster.book.end("kill")).healthy, false);
  assert.equal((await cluster.container("report")).State.Running, true);
  assert.deepEqual(healths(cluster, "off"), []);
  for (const taskId of ["report", "off"]) {
    cluster.kill(taskId, 0);
    await cluster.book.end(taskId);
  }
});
