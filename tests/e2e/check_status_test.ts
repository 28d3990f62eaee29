// Checks by CheckInfo, made by the compiled program in containers of the real daemon.
import assert from "node:assert/strict";
import { CheckInfo_Type, HealthCheck_Type } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { asked, exitAsTold, say, servePage, tellings, told } from "./checked.ts";
import { openTestCluster } from "./test_cluster.ts";

const often = { delaySeconds: 0, intervalSeconds: 0.3 };

testOnDocker("what a command exits with is told when it changes, and a timeout as nothing (case 65)", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const value = `[ -e /mnt/mesos/sandbox/hang ] && sleep 1000; ${exitAsTold}`;
  const check = { type: CheckInfo_Type.COMMAND, command: { command: { value } }, ...often, timeoutSeconds: 1 };
  const shell = "echo 1 > /mnt/mesos/sandbox/answer; sleep 1000";
  await cluster.run("task", { shell, graceMs: 0, info: { check } });
  await told(cluster, "task", 3);
  await asked(cluster, "task", 2);
  await say(cluster, "task", 0);
  await told(cluster, "task", 4);
  await asked(cluster, "task", 2);
  await cluster.writeSandbox("task", "hang");
  assert.deepEqual(await told(cluster, "task", 5), [
    "STARTING exit=?",
    "RUNNING exit=?",
    "RUNNING check exit=1",
    "RUNNING check exit=0",
    "RUNNING check exit=?",
  ]);
});

testOnDocker("a check and a health check are made at once, each for itself (case 65)", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const check = { type: CheckInfo_Type.HTTP, http: { port: 80, path: "/cgi-bin/page" }, ...often };
  const healthCheck = { type: HealthCheck_Type.TCP, tcp: { port: 80 }, ...often, gracePeriodSeconds: 100 };
  const shell = `echo 418 > /mnt/mesos/sandbox/answer; ${servePage("127.0.0.1:80")}`;
  await cluster.run("task", { shell, network: "bridge", graceMs: 0, info: { check, healthCheck } });
  const [starting, running, ...news] = await told(cluster, "task", 4);
  assert.deepEqual([starting, running], ["STARTING status=?", "RUNNING status=?"]);
  // Which of them is told first is chance.
  const ways = [
    ["RUNNING health healthy status=?", "RUNNING check healthy status=418"],
    ["RUNNING check status=418", "RUNNING health healthy status=418"],
  ];
  assert.ok(
    ways.some((way) => way.join() === news.join()),
    news.join(),
  );
  await say(cluster, "task", 503);
  assert.equal((await told(cluster, "task", 5))[4], "RUNNING check healthy status=503");
  // Its shell ignores SIGTERM: SHUTDOWN would leave a busy machine little time for what comes after.
  cluster.kill("task");
  await cluster.book.end("task");
});

testOnDocker("whether a port takes connections is told when it changes", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const check = { type: CheckInfo_Type.TCP, tcp: { port: 80 }, ...often };
  const waits = "while [ ! -e /mnt/mesos/sandbox/go ]; do sleep 0.1; done";
  await cluster.run("task", { shell: `${waits}; ${servePage("127.0.0.1:80")}`, graceMs: 0, info: { check } });
  assert.equal((await told(cluster, "task", 3))[2], "RUNNING check connected=false");
  await cluster.writeSandbox("task", "go");
  assert.equal((await told(cluster, "task", 4))[3], "RUNNING check connected=true");
  cluster.kill("task");
  await cluster.book.end("task");
  assert.deepEqual(tellings(cluster, "task").slice(4), ["KILLING connected=true", "KILLED connected=true"]);
});
