import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { TaskState, TaskStatus_Reason, TaskStatus_Source } from "../../src/mesos/protocol.ts";
import { formatUuid } from "../../src/mesos/uuid.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { testOnDocker } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { exitCodeOf } from "./report_book.ts";
import { openTestCluster } from "./test_cluster.ts";

testOnDocker("a task that succeeds is told of in full, and its executor ends with 0", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("good", { shell: "sleep 0.3" });
  const end = await cluster.book.end("good");
  const exit = await cluster.book.exit("good");
  assert.deepEqual(cluster.book.states("good"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"]);
  assert.equal(end.message, "Container exited with status 0");
  assert.equal(exitCodeOf(end), "0");
  assert.deepEqual(exit.exit, { kind: "code", code: 0 });
  const statuses = cluster.book.statuses("good");
  assert.equal(new Set(statuses.map(({ uuid }) => formatUuid(uuid))).size, 3);
  for (const { source, executorId, timestamp } of statuses) {
    assert.equal(source, TaskStatus_Source.EXECUTOR);
    assert.equal(executorId?.value, "good");
    assert.ok(timestamp > 0);
  }
});

testOnDocker("TASK_RUNNING carries one inspection, and the container's address on the bridge", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const container = await cluster.run("web", { shell: "sleep 60", network: "bridge", graceMs: 0 });
  const running = await cluster.book.reach("web", TaskState.TASK_RUNNING);
  const inspections = JSON.parse(new TextDecoder().decode(running.data));
  assert.equal(inspections.length, 1);
  assert.equal(inspections[0].Id, container.Id);
  assert.equal(inspections[0].State.Status, "running");
  const address = container.NetworkSettings.Networks.bridge?.IPAddress;
  assert.match(address ?? "", /^\d+\.\d+\.\d+\.\d+$/);
  const networks = running.containerStatus?.networkInfos.map(({ ipAddresses }) =>
    ipAddresses.map(({ ipAddress }) => ipAddress),
  );
  assert.deepEqual(networks, [[address]]);
  cluster.kill("web");
  await cluster.book.end("web");
});

testOnDocker("a container in the host's network has the agent's address", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("host", { shell: "true", network: "host" });
  await cluster.book.end("host");
  const running = await cluster.book.reach("host", TaskState.TASK_RUNNING);
  const addresses = running.containerStatus?.networkInfos.flatMap(({ ipAddresses }) => ipAddresses);
  assert.deepEqual(
    addresses?.map(({ ipAddress }) => ipAddress),
    [cluster.agent.endpoint.host],
  );
});

for (const [shell, code, message] of [
  ["exit 3", "3", "Container exited with status 3"],
  ["exec 2>&-; sh -c 'kill -SEGV $$'; exit $?", "139", "Container exited with status 139 (SIGSEGV)"],
  ["exec 2>&-; sh -c 'kill -KILL $$'; exit $?", "137", "Container exited with status 137 (SIGKILL)"],
] as const) {
  testOnDocker(`a container that ends with ${code} is a TASK_FAILED that says so`, async (bench) => {
    await using cluster = await openTestCluster(bench);
    cluster.launch("bad", { shell });
    const end = await cluster.book.end("bad");
    const exit = await cluster.book.exit("bad");
    assert.deepEqual(cluster.book.states("bad"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
    assert.equal(end.message, message);
    assert.equal(exitCodeOf(end), code);
    assert.notEqual(end.reason, TaskStatus_Reason.CONTAINER_LIMITATION_MEMORY);
    assert.deepEqual(exit.exit, { kind: "code", code: 0 });
  });
}

testOnDocker("image and command come from the executor's command line when the task names none", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const words = [bench.image, "sh", "-c", "'echo by arguments; exit 5'"];
  cluster.launch("marathon", { words, describedBy: "info and words" });
  assert.equal(exitCodeOf(await cluster.book.end("marathon")), "5");
  assert.equal(await cluster.sandboxText("marathon", "stdout"), "by arguments\n");
});

testOnDocker("a published port is reached from the host", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const [hostPort = 0] = cluster.ports;
  const shell = "while true; do echo hello from $HOSTNAME | nc -l -p 80; done";
  const container = await cluster.run("server", {
    shell,
    network: "bridge",
    ports: [{ hostPort, containerPort: 80 }],
    graceMs: 0,
  });
  // Connections are taken and closed again as long as nothing listens inside.
  const said = await eventually("an answer of the container", async () => {
    const said = await text(connect(hostPort, "127.0.0.1")).catch(() => "");
    return said !== "" && said;
  });
  assert.equal(said, `hello from ${container.Id.slice(0, 12)}\n`);
  cluster.kill("server");
  await cluster.book.end("server");
});

testOnDocker("an executor reaches its agent by a UNIX socket", async (bench) => {
  await using folder = await openFixture();
  await using cluster = await openTestCluster(bench, { listen: { kind: "unix", path: `${folder.path}/agent.sock` } });
  cluster.launch("near", { shell: "exit 6" });
  assert.equal(exitCodeOf(await cluster.book.end("near")), "6");
  assert.deepEqual((await cluster.book.exit("near")).exit, { kind: "code", code: 0 });
  assert.deepEqual(cluster.book.states("near"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
});
